/** Files that the user chose. */
import * as vscode from "vscode";

/** Only a file of the computer that Parley runs on can be streamed to. Says so where it is another. */
export function isOnDisk(uri: vscode.Uri): boolean {
  if (uri.scheme === "file") return true;
  void vscode.window.showWarningMessage(vscode.l10n.t("Choose a place on the computer that Parley runs on."));
  return false;
}
