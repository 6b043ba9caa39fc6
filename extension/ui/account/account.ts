/** The commands about the user's own account: sign in and out, forget, reconnect, invite. */
import * as vscode from "vscode";
import type { Shown } from "../../../messenger/messenger.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { Command } from "../../ids.ts";
import { run } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { accountOf } from "../people/talk.ts";
import { ask } from "../question.ts";
import { forgetLocked } from "./lock.ts";

/** Signs in. @param shown the account that was on screen when the user decided; absent: the present one */
export function signIn(parley: Parley, shown?: Shown<"account">): Promise<void> {
  return attempt(parley, async (messenger) => {
    const account = shown ?? messenger.account?.shown;
    if (account === undefined) return;
    await parley.host.rememberSignedOut(false);
    await messenger.calls.connect({ account });
  });
}

export function signOut(parley: Parley): Promise<void> {
  return attempt(parley, async (messenger) => {
    await parley.host.rememberSignedOut(true);
    await messenger.calls.signOut();
  });
}

/** Reconnects at once, whatever the reason for being offline. */
export function reconnect(parley: Parley): Promise<void> {
  return attempt(parley, async (messenger) => {
    const { account, state } = messenger;
    if (state.type === "waiting") await messenger.calls.reconnectNow();
    else if (account !== undefined && (state.type === "stopped" || state.type === "signed-out"))
      await messenger.calls.connect({ account: account.shown });
  });
}

export function forgetAccount(parley: Parley): Promise<void> {
  if (parley.host.isLocked || parley.host.isLockRemoved) return forgetLocked(parley);
  return attempt(parley, async (messenger) => {
    const { account } = messenger;
    if (account === undefined) return;
    const forget = vscode.l10n.t("Forget Account");
    const first = vscode.l10n.t("Back Up First…");
    const answer = await ask({
      text: vscode.l10n.t("Forget the account {0} on {1}?", account.name, account.host),
      detail: vscode.l10n.t(
        "Its key and all messages on this computer are deleted. You can't undo this: no one else has them, not even the server. To come back you need a new invite.",
      ),
      safe: first,
      choices: [forget],
    });
    if (answer === first) await run(Command.backUp);
    if (answer !== forget) return;
    await messenger.calls.forget({ account: account.shown });
    parley.panels.closeAll();
    await parley.host.rememberSignedOut(false);
  });
}

/** Runs a command that needs the messenger, and shows its errors. */
export async function attempt(
  { host, errors }: Parley,
  act: (messenger: SharedMessenger) => Promise<void> | void,
): Promise<void> {
  try {
    await act(await host.open());
  } catch (error) {
    await errors.report(error, accountOf(host.messenger));
  }
}
