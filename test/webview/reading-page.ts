/** In the browser: renders texts as messages and reads them back. */
import { renderMarkdown } from "../../extension/webview/markdown.ts";
import { shownText } from "./shown-text.ts";

declare global {
  interface Window {
    /** Returns each text as a reader sees it. */
    read: (texts: readonly string[]) => readonly string[];
  }
}

window.requestIdleCallback = () => 0;
window.read = (texts) =>
  texts.map((text) => {
    const body = document.createElement("div");
    body.append(renderMarkdown(text));
    return shownText(body);
  });
