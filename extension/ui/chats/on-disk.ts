/** Checks files that the user chose. */
import * as vscode from "vscode";
import { warn } from "../editor.ts";
import { otherDiskText, type Side } from "../side.ts";

/** Accepts only a file on the computer that Parley runs on, since no other can be streamed to. Tells the user where it is another. */
export function isOnDisk(uri: vscode.Uri, side: Side): boolean {
  if (uri.scheme === "file") return true;
  warn(otherDiskText(side, vscode.l10n.t));
  return false;
}
