/** Opens a link of a chat outside the editor, never without a question that shows the whole address. */
import * as vscode from "vscode";
import { ask } from "../question.ts";
import { editorAsks } from "./external-link.ts";

/** @param href as parsePageMessage let it through */
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
  // As a string, which the editor takes though its typings do not say so: a Uri is decoded and encoded anew, and
  // `/group%2Fproject?q=1%2B1` would open as `/group/project?q=1+1`, another address than the one that was shown.
  await vscode.env.openExternal(href as unknown as vscode.Uri);
}
