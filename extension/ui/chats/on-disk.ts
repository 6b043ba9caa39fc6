/** Checks the place of a file that the user chose. */
import * as vscode from "vscode";
import { warn } from "../editor.ts";
import { otherDiskText, type Side } from "../side.ts";

/** Accepts only files on the computer that Parley runs on, since only those can be streamed. Warns the user about others. */
export function isOnDisk(uri: vscode.Uri, side: Side): boolean {
  if (uri.scheme === "file") return true;
  warn(otherDiskText(side, vscode.l10n.t));
  return false;
}
