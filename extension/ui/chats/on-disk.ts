/** Files that the user chose. */
import * as vscode from "vscode";
import { otherDiskText, type Side } from "../side.ts";

/** Only a file of the computer that Parley runs on can be streamed to. Says so where it is another. */
export function isOnDisk(uri: vscode.Uri, side: Side): boolean {
  if (uri.scheme === "file") return true;
  void vscode.window.showWarningMessage(otherDiskText(side, vscode.l10n.t));
  return false;
}
