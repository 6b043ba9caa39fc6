/** The dialog for files to attach. */
import * as vscode from "vscode";
import { borrowingFocus } from "../../borrowed-focus.ts";

/** Asks for files. @returns undefined if the user cancelled */
export async function chooseFiles(): Promise<readonly vscode.Uri[] | undefined> {
  return borrowingFocus(() =>
    vscode.window.showOpenDialog({
      title: vscode.l10n.t("Attach files"),
      openLabel: vscode.l10n.t("Attach"),
      canSelectMany: true,
    }),
  );
}
