/** Opens a link of a chat in the browser, always after a question that shows the whole address. */
import * as vscode from "vscode";
import { borrowingFocus } from "../borrowed-focus.ts";
import { ask } from "../question.ts";
import { editorAsks } from "./external-link.ts";

/** Asks, then opens the link. @param href a link that parsePageMessage has accepted */
export async function openLink(href: string): Promise<void> {
  if (!editorAsks(href)) {
    const open = vscode.l10n.t("Open");
    const copy = vscode.l10n.t("Copy Link");
    const answer = await ask({
      text: vscode.l10n.t("Open this link from the chat?"),
      detail: href,
      safe: copy,
      choices: [open],
    });
    if (answer === copy) await vscode.env.clipboard.writeText(href);
    if (answer !== open) return;
  }
  // Pass a string, which VS Code accepts although its typings do not say so. A Uri would be decoded and encoded again:
  // `/group%2Fproject?q=1%2B1` would open as `/group/project?q=1+1`, which is not the address that was shown.
  await borrowingFocus(() => vscode.env.openExternal(href as unknown as vscode.Uri));
}
