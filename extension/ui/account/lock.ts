/** The commands about the passphrase lock: turn on, lock now, unlock, turn off. */
import * as vscode from "vscode";
import { Command } from "../../ids.ts";
import { inform, run } from "../editor.ts";
import { errorCode, errorHelp } from "../error-text.ts";
import { toast } from "../notifications/toast.ts";
import type { Parley } from "../parley.ts";
import { ask } from "../question.ts";
import { askNewPassphrase, askPassphrase } from "./ask-passphrase.ts";

/** Turns the lock on, or changes its passphrase. */
export function lockWithPassphrase(parley: Parley): Promise<void> {
  const title = vscode.l10n.t("Lock Parley with a passphrase");
  return telling(parley, async () => {
    const vault = await parley.host.lockedVault();
    const prompt = vscode.l10n.t("The current passphrase.");
    if ((await vault.hasLock()) && !(await asking(title, prompt, (given) => vault.unlock(given)))) return;
    const passphrase = await askNewPassphrase(
      title,
      vscode.l10n.t(
        "A new passphrase. Parley asks for it at every start. Recommended if this system has no keyring, such as some Linux systems and the browser. If you forget it, your account and messages are lost unless you have a backup.",
      ),
    );
    if (passphrase === undefined) return;
    await vault.setPassphrase(passphrase);
    await parley.host.lockChanged();
    const now = vscode.l10n.t("Lock Now");
    const { answer } = toast(parley.host, {
      text: vscode.l10n.t(
        "From the next start, Parley asks for the passphrase. It protects your data on this computer while Parley is locked or closed.",
      ),
      buttons: [now],
      holds: () => !parley.host.isLocked && parley.host.snapshot().hasLock,
    });
    if ((await answer) === now) await lockNow(parley);
  });
}

/** Locks Parley in all windows. */
export function lockNow(parley: Parley): Promise<void> {
  return telling(parley, async () => {
    const { host } = parley;
    if (!(await (await host.lockedVault()).hasLock())) return lockWithPassphrase(parley);
    // The leader may close before it answers. By then it has notified the other windows.
    await host.messenger?.calls.lock().catch((error: unknown) => parley.errors.log(error));
    await host.lockHere();
  });
}

export function unlock(parley: Parley): Promise<void> {
  const title = vscode.l10n.t("Unlock Parley");
  return telling(parley, async () => {
    if (parley.host.isLockRemoved) return askAboutRemovedLock(parley);
    // Another window may have turned the lock off.
    if (!(await (await parley.host.lockedVault()).hasLock())) await parley.host.reopen();
    else await asking(title, vscode.l10n.t("Your passphrase."), (given) => unlockWith(parley, given));
  });
}

/** Unlocks. Asks the user whether to accept an unsealed secret in place of a sealed one. */
async function unlockWith({ host }: Parley, passphrase: string): Promise<void> {
  try {
    await host.unlock(passphrase);
  } catch (error) {
    if (errorCode(error) !== "secret-unsealed") throw error;
    const take = vscode.l10n.t("Use What Is There");
    const answer = await ask({
      text: vscode.l10n.t("The lock was removed from a key outside Parley"),
      detail: vscode.l10n.t(
        "This computer's keyring holds a key of your account without the lock, where Parley had put a locked one. Unless you did that yourself, for example by restoring an old copy of the keyring, someone may have put another key there: cancel, and come back with a backup.",
      ),
      safe: vscode.l10n.t("Stay Locked"),
      choices: [take],
    });
    if (answer === take) await host.unlock(passphrase, "take");
  }
}

async function askAboutRemovedLock({ host }: Parley): Promise<void> {
  const open = vscode.l10n.t("Open Without the Lock");
  const answer = await ask({
    text: vscode.l10n.t("The lock was removed outside Parley"),
    detail: vscode.l10n.t(
      "Parley was locked with a passphrase, and now this computer's keyring holds your keys without it. Unless you did that yourself, someone could have read or replaced them. If you go on, Parley opens without a passphrase. Lock it again afterwards.",
    ),
    safe: vscode.l10n.t("Stay Closed"),
    choices: [open],
  });
  if (answer === open) await host.openWithoutLock();
}

export function removeLock(parley: Parley): Promise<void> {
  const title = vscode.l10n.t("Remove the lock");
  return telling(parley, async () => {
    const vault = await parley.host.lockedVault();
    const prompt = vscode.l10n.t("Your passphrase. After this Parley starts without it.");
    if (!(await asking(title, prompt, (given) => vault.removeLock(given)))) return;
    await parley.host.lockChanged();
    inform(vscode.l10n.t("Parley now starts without a passphrase."));
  });
}

/** Forgets a locked account. The user needs no passphrase for it. */
export function forgetLocked(parley: Parley): Promise<void> {
  return telling(parley, async () => {
    const forget = vscode.l10n.t("Start Over");
    const again = vscode.l10n.t("Try the Passphrase Again");
    const answer = await ask({
      text: vscode.l10n.t("Start over without the passphrase?"),
      detail: vscode.l10n.t(
        "The account's key on this computer is deleted, and without it no one can open the messages here. You can come back with a backup, or with a new invite that is reserved for your name.",
      ),
      safe: again,
      choices: [forget],
    });
    if (answer === again) await run(Command.unlock);
    if (answer === forget) await parley.host.startOver();
  });
}

/** Closes the chats when Parley is locked. Tells the user once if the window starts locked. */
export function watchLock(parley: Parley): vscode.Disposable {
  const { host, panels } = parley;
  let asked = false;
  async function offer(): Promise<void> {
    const { state } = host.snapshot();
    const code = "error" in state ? errorCode(state.error) : undefined;
    if (asked || (code !== "locked" && code !== "lock-removed")) return;
    asked = true;
    const [text, button] =
      code === "locked"
        ? [vscode.l10n.t("Parley is locked. Unlock it to be online."), vscode.l10n.t("Unlock…")]
        : [
            vscode.l10n.t("The lock was removed outside Parley, so Parley didn't open."),
            vscode.l10n.t("Decide…"),
          ];
    const { answer } = toast(host, {
      ...{ text, buttons: [button] },
      holds: () => host.isLocked || host.isLockRemoved,
    });
    // Not as a command, which moves the focus to the view: from a notification, people go on where they were.
    if ((await answer) === button) await unlock(parley);
  }
  return vscode.Disposable.from(
    host.on("locked", () => {
      asked = true;
      panels.closeAll();
    }),
    host.on("changed", () => void offer()),
  );
}

/** Asks until the passphrase is right. @returns false if the user cancelled */
async function asking(
  title: string,
  prompt: string,
  attempt: (passphrase: string) => Promise<unknown>,
): Promise<boolean> {
  for (let problem: string | undefined; ; ) {
    const passphrase = await askPassphrase(title, prompt, problem);
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

async function telling({ errors }: Parley, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await errors.report(error);
  }
}
