/** In the browser: renders texts as messages and reads them back. */
import type { PanelVersions } from "../../extension/contract/panel.ts";
import { renderMarkdown } from "../../extension/webview/markdown.ts";
import { VersionsSheet } from "../../extension/webview/versions.ts";
import { shownText } from "./shown-text.ts";

declare global {
  interface Window {
    /** Returns each text as a reader sees it. */
    read: (texts: readonly string[]) => readonly string[];
    /** Returns each text as a reader sees it in the dialog with the earlier versions of a message. */
    readVersions: (texts: readonly string[]) => readonly string[];
  }
}

window.requestIdleCallback = () => 0;
window.read = (texts) =>
  texts.map((text) => {
    const body = document.createElement("div");
    body.append(renderMarkdown(text));
    return shownText(body);
  });
window.readVersions = (texts) => {
  const place = document.createElement("div");
  document.body.append(place);
  const versions = texts.map((text) => ({ at: 1, body: { kind: "text", text } as const }));
  new VersionsSheet(place).show({ type: "versions", id: "1", versions } satisfies PanelVersions, "bob");
  return [...place.querySelectorAll("li .body")].map(shownText);
};
