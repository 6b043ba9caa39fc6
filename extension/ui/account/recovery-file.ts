/**
 * A recovery file: sealed with a passphrase, it restores the keys after the keyring lost them. Offered after joining, and to a
 * server's owner after the first invite.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { Command } from "../../ids.ts";
import { BACKUP_ENDING, recoveryFileName } from "../chats/file-names.ts";
import { isOnDisk } from "../chats/on-disk.ts";
import { inform, run, side } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { accountPlaceText } from "../side.ts";
import { attempt } from "./account.ts";
import { askNewPassphrase } from "./ask-passphrase.ts";
import { withProgress } from "./backup.ts";

/** Key in globalState: the fingerprint of the account for which the file was offered or saved. */
const OFFERED = "recoveryFileOffered";

export function saveRecoveryFile(parley: Parley): Promise<void> {
  return attempt(parley, async (messenger) => {
    const { account } = messenger;
    if (account === undefined) return;
    const uri = await vscode.window.showSaveDialog({
      title: vscode.l10n.t("Save recovery file: where to"),
      defaultUri: vscode.Uri.file(join(homedir(), recoveryFileName(account.name))),
      filters: { [vscode.l10n.t("Parley backup")]: [BACKUP_ENDING] },
    });
    if (uri === undefined || !isOnDisk(uri, side(parley.context))) return;
    const passphrase = await askNewPassphrase(
      vscode.l10n.t("Save recovery file"),
      vscode.l10n.t("A passphrase for the file. Anyone with the file and the passphrase can act as you."),
    );
    if (passphrase === undefined) return;
    await withProgress(messenger, vscode.l10n.t("Saving the recovery file"), () =>
      messenger.calls.saveRecoveryFile({ path: uri.fsPath, passphrase }),
    );
    await parley.context.globalState.update(OFFERED, account.fingerprint);
    inform(
      vscode.l10n.t(
        "The recovery file is saved. Should the keyring lose Parley's keys, Restore from Backup… brings them back with it. Keep it on another disk, apart from its passphrase.",
      ),
    );
  });
}

/** Offers the file once for each account, without waiting for the answer. */
export function offerRecoveryFile({ context, host }: Parley): void {
  const account = host.messenger?.account;
  if (account === undefined || context.globalState.get(OFFERED) === account.fingerprint) return;
  void context.globalState.update(OFFERED, account.fingerprint);
  const save = vscode.l10n.t("Save Recovery File…");
  void vscode.window
    .showInformationMessage(
      accountPlaceText(side(context), vscode.l10n.t) ??
        vscode.l10n.t(
          "Only this computer's keyring has the keys to your account. Save a recovery file in case it loses them.",
        ),
      save,
      vscode.l10n.t("Not Now"),
    )
    .then((answer) => (answer === save ? run(Command.saveRecoveryFile) : undefined));
}
