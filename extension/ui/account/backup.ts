/** The commands that back the account up to a file and restore it, on this computer or another. */
import { homedir } from "node:os";
import { basename, join } from "node:path";
import * as vscode from "vscode";
import type { Shown } from "../../../messenger/messenger.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { Command } from "../../ids.ts";
import { dayText } from "../chats/day-text.ts";
import { BACKUP_ENDING, backupFileName } from "../chats/file-names.ts";
import { isOnDisk } from "../chats/on-disk.ts";
import { inform, run, side } from "../editor.ts";
import { errorCode, errorHelp } from "../error-text.ts";
import type { Parley } from "../parley.ts";
import { ask } from "../question.ts";
import { attempt, signIn } from "./account.ts";
import { askNewPassphrase, askPassphrase } from "./ask-passphrase.ts";
import { mayPutAside } from "./missing-keys.ts";

export function backUp(parley: Parley): Promise<void> {
  return attempt(parley, async (messenger) => {
    const { account } = messenger;
    if (account === undefined) return;
    const uri = await vscode.window.showSaveDialog({
      title: vscode.l10n.t("Back up Parley: where to"),
      defaultUri: vscode.Uri.file(join(homedir(), backupFileName(account.name, dayText(Date.now())))),
      filters: { [vscode.l10n.t("Parley backup")]: [BACKUP_ENDING] },
    });
    if (uri === undefined || !isOnDisk(uri, side(parley.context))) return;
    const passphrase = await askNewPassphrase(
      vscode.l10n.t("Back up Parley"),
      vscode.l10n.t(
        "A passphrase for the backup. Anyone with the file and passphrase can read your chats and act as you.",
      ),
    );
    if (passphrase === undefined) return;
    await withProgress(messenger, vscode.l10n.t("Backing up Parley"), () =>
      messenger.calls.backUp({ path: uri.fsPath, passphrase }),
    );
    const show = vscode.l10n.t("Show File");
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t(
        "Parley was backed up: your key, the keys of the people you know, and your messages, except disappearing ones. Keep the file and its passphrase apart.",
      ),
      show,
    );
    if (answer === show) await vscode.commands.executeCommand("revealFileInOS", uri);
  });
}

export function restoreFromBackup(parley: Parley): Promise<void> {
  if (parley.host.lacksKeys) return restoreWithoutKeys(parley);
  return attempt(parley, async (messenger) => {
    const replaced = await askToReplace(messenger);
    if (replaced === undefined) return;
    const path = await pickBackup(parley);
    if (path === undefined) return;
    const restoring = (passphrase: string) => restore(parley, messenger, { path, passphrase }, replaced);
    if (!(await askingPassphrase(path, restoring))) return;
    await tellOfOldLaptop(parley, messenger);
  });
}

async function restore(
  parley: Parley,
  messenger: SharedMessenger,
  { path, passphrase }: { readonly path: string; readonly passphrase: string },
  replaced: Shown<"account"> | null,
): Promise<void> {
  await withProgress(messenger, vscode.l10n.t("Restoring Parley"), () =>
    messenger.calls.restore({ path, passphrase, replaced }),
  );
  parley.panels.closeAll();
  await parley.host.rememberSignedOut(true);
}

/** @returns the path of the file that the user picked */
async function pickBackup(parley: Parley): Promise<string | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: vscode.l10n.t("Restore Parley: the file"),
    openLabel: vscode.l10n.t("Restore"),
    filters: { [vscode.l10n.t("Parley backup")]: [BACKUP_ENDING], [vscode.l10n.t("All files")]: ["*"] },
  });
  const uri = files?.[0];
  return uri === undefined || !isOnDisk(uri, side(parley.context)) ? undefined : uri.fsPath;
}

/** Asks until the passphrase opens the file. @returns false if the user cancelled */
async function askingPassphrase(
  path: string,
  attempt: (passphrase: string) => Promise<unknown>,
): Promise<boolean> {
  for (let problem: string | undefined; ; ) {
    const passphrase = await askPassphrase(
      vscode.l10n.t("Restore Parley"),
      vscode.l10n.t("The passphrase of the file {0}", basename(path)),
      problem,
    );
    if (passphrase === undefined) return false;
    try {
      await attempt(passphrase);
      return true;
    } catch (error) {
      if (errorCode(error) !== "wrong-passphrase") throw error;
      problem = errorHelp(error, vscode.l10n.t).text;
    }
  }
}

/**
 * Restores if the keyring lacks the keys of the store. A recovery file brings the keys back, and with them the history. Any other
 * backup replaces the store, which is put aside. The backup is read first, so that a damaged one changes nothing.
 */
async function restoreWithoutKeys(parley: Parley): Promise<void> {
  try {
    const path = await pickBackup(parley);
    if (path === undefined) return;
    let recovered = false;
    let given = "";
    const asked = await askingPassphrase(path, async (passphrase) => {
      recovered = await parley.host.recoverKeys(path, passphrase);
      given = passphrase;
    });
    if (!asked) return;
    if (recovered) {
      inform(vscode.l10n.t("Parley has its keys again, and your account and messages are back."));
      return;
    }
    if (!(await mayPutAside())) return;
    const messenger = await parley.host.startAnew();
    await restore(parley, messenger, { path, passphrase: given }, null);
    await tellOfOldLaptop(parley, messenger);
  } catch (error) {
    await parley.errors.report(error);
  }
}

/** @returns the account that the user agreed to replace; null if there is none; undefined if the user wants to keep it */
async function askToReplace({ account }: SharedMessenger): Promise<Shown<"account"> | null | undefined> {
  if (account === undefined) return null;
  const replace = vscode.l10n.t("Replace Account");
  const first = vscode.l10n.t("Back Up First…");
  const answer = await ask({
    text: vscode.l10n.t("Replace the account {0} on {1} with one from a backup?", account.name, account.host),
    detail: vscode.l10n.t(
      "Once the whole backup has been read, the key and all messages that are on this computer now are deleted. Back them up first if you need them.",
    ),
    safe: first,
    choices: [replace],
  });
  if (answer === first) await run(Command.backUp);
  return answer === replace ? account.shown : undefined;
}

async function tellOfOldLaptop(parley: Parley, { account }: SharedMessenger): Promise<void> {
  if (account === undefined) return;
  const connect = vscode.l10n.t("Sign In Here");
  const answer = await ask({
    text: vscode.l10n.t("You're {0} on {1} again.", account.name, account.host),
    detail: vscode.l10n.t(
      "You can use an account on one computer at a time. When you sign in here, the old computer is disconnected and says so. Remove the account there (Parley: Forget Account…). If you lost that computer, ask to have your name revoked and to get a new invite, because anyone who has it has your key.\n\nOpen chats continue by themselves, with the same people and the same keys, once both of you are online. Messages that arrived on the old computer since the backup are only there.",
    ),
    safe: vscode.l10n.t("Sign In Later"),
    choices: [connect],
    severity: "information",
  });
  if (answer === connect) await signIn(parley, account.shown);
}

export async function withProgress(
  messenger: SharedMessenger,
  title: string,
  work: () => Promise<void>,
): Promise<void> {
  const location = vscode.ProgressLocation.Notification;
  await vscode.window.withProgress({ location, title, cancellable: true }, async (progress, cancelled) => {
    let shown = 0;
    const show = ({ done }: { readonly done: number }) => {
      progress.report({ increment: (done - shown) * 100 });
      shown = done;
    };
    messenger.on("archiving", show);
    cancelled.onCancellationRequested(() => void messenger.calls.stopArchiving());
    try {
      await work();
    } finally {
      messenger.off("archiving", show);
    }
  });
}
