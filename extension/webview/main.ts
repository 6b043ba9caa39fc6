/** Entry point of the page inside a chat panel. */

import { useLanguage } from "../../messenger/text/times.ts";
import { PAGE_START_ID, parsePageStart } from "../contract/page-start.ts";
import { parseHostMessage } from "../contract/panel.ts";
import { connectHost } from "./host.ts";
import { Panel } from "./panel.ts";
import { useSentences } from "./strings.ts";

useLanguage(document.documentElement.lang);
const start = parsePageStart(document.getElementById(PAGE_START_ID)?.textContent ?? "");
useSentences(start.sentences);
const root = document.getElementById("parley");
if (root !== null) {
  const host = connectHost(start.page);
  const panel = new Panel(root, host);
  let told = false;
  // Only the extension can post messages here: the page has no frames and no foreign scripts.
  window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const message = parseHostMessage(data);
    if (message === undefined) return;
    told = true;
    panel.take(message);
  });
  const askUnlessTold = () => {
    if (!told) host.post({ type: "ready" });
  };
  // VS Code queues messages to a loading page and delivers them after it has loaded. So only a later turn shows whether there were any.
  window.addEventListener("load", () => setTimeout(() => setTimeout(askUnlessTold)));
}
