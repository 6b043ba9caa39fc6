/** Asks where to save a file of a chat. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import { fileName } from "../../../../messenger/text/file-name.ts";
import { borrowingFocus } from "../../borrowed-focus.ts";
import { warn } from "../../editor.ts";

export interface Where {
  readonly path: string;
  /** replacing: the user has agreed, in the dialog, to replace the file of that name. */
  readonly as: "new" | "replacing";
}

/** The folder of the last file that was saved in this window. */
let folder: string | undefined;

/** @param proposed the sender's name for the file, which is cleaned. @returns undefined where the user cancelled */
export async function askWhere(proposed: string): Promise<Where | undefined> {
  const uri = await borrowingFocus(() =>
    vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(join(folder ?? startFolder(), fileName(proposed))),
      title: vscode.l10n.t("Save a file from the chat"),
      saveLabel: vscode.l10n.t("Save"),
    }),
  );
  if (uri === undefined) return undefined;
  if (uri.scheme !== "file") {
    warn(vscode.l10n.t("Choose a folder on the computer that Parley runs on."));
    return undefined;
  }
  folder = dirname(uri.fsPath);
  // One that appears after the dialog was not agreed to: "new" refuses it.
  return { path: uri.fsPath, as: existsSync(uri.fsPath) ? "replacing" : "new" };
}

function startFolder(): string {
  const downloads = join(homedir(), "Downloads");
  return existsSync(downloads) ? downloads : homedir();
}
