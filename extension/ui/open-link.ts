/** Opens a link of a chat outside the editor, never without a question that shows the whole address. */
import * as vscode from "vscode";
import { editorAsks } from "./external-link.ts";

/** @param href as parsePageMessage let it through */
export async function openLink(href: string): Promise<void> {
  const uri = vscode.Uri.parse(href, true);
  if (!editorAsks(href)) {
    const open = vscode.l10n.t("Open");
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t("Open this link from the chat?"),
      // As it will be opened: the editor's Uri writes some addresses in another way, "%2F" as "/" for one.
      { modal: true, detail: uri.toString() },
      open,
    );
    if (answer !== open) return;
  }
  await vscode.env.openExternal(uri);
}
