/** Entry point of the page inside a chat panel. */
import type { HostMessage } from "../contract/panel.ts";
import { connectHost } from "./host.ts";
import { Panel } from "./panel.ts";

const root = document.getElementById("parley");
if (root !== null) {
  const host = connectHost();
  const panel = new Panel(root, host);
  // Only the extension can post here: nothing else runs in this page, and it has no frames.
  window.addEventListener("message", (event: MessageEvent<HostMessage>) => panel.take(event.data));
  host.post({ type: "ready" });
}
