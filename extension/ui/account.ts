/** The commands about oneself: sign in and out, forget, reconnect, invite. */
import * as vscode from "vscode";
import { Command, EXTENSION_ID } from "../ids.ts";
import type { Shown } from "../messenger/messenger.ts";
import type { SharedMessenger } from "../windows/shared-messenger.ts";
import { inform, run } from "./editor.ts";
import { forgetLocked } from "./lock.ts";
import type { Parley } from "./parley.ts";
import { ask } from "./question.ts";
import { accountOf } from "./talk.ts";

const INVITE_USES = 1;
const INVITE_SECONDS = 7 * 24 * 60 * 60;

/** @param shown the account that the user was asked about; the one there is now where nobody asked */
export function signIn(parley: Parley, shown?: Shown<"account">): Promise<void> {
  return attempt(parley, async (messenger) => {
    const account = shown ?? messenger.account?.shown;
    if (account === undefined) return;
    await parley.host.rememberSignedOut(false);
    await messenger.connect(account);
  });
}

export function signOut(parley: Parley): Promise<void> {
  return attempt(parley, async (messenger) => {
    await parley.host.rememberSignedOut(true);
    await messenger.signOut();
  });
}

/** One command for every kind of "not connected": tries at once, whatever made it stop. */
export function reconnect(parley: Parley): Promise<void> {
  return attempt(parley, async (messenger) => {
    const { account, state } = messenger;
    if (state.type === "waiting") await messenger.reconnectNow();
    else if (account !== undefined && (state.type === "stopped" || state.type === "signed-out"))
      await messenger.connect(account.shown);
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
        "Its key and all messages on this computer are deleted. You can't undo this: nobody else has them, not even the server. To come back you need a new invite.",
      ),
      safe: first,
      choices: [forget],
    });
    if (answer === first) await run(Command.backUp);
    if (answer !== forget) return;
    await messenger.forget(account.shown);
    parley.panels.closeAll();
    await parley.host.rememberSignedOut(false);
  });
}

/** Makes a link that lets one person join, and puts it on the clipboard. */
export function inviteSomeone(parley: Parley): Promise<void> {
  return attempt(parley, async (messenger) => {
    const plain = {
      label: vscode.l10n.t("Copy an invite link"),
      detail: vscode.l10n.t("parley://… to paste into “Parley: Join with Invite…”. Works in every editor."),
      iconPath: new vscode.ThemeIcon("link"),
    };
    const opening = {
      label: vscode.l10n.t("Copy a link that opens {0}", vscode.env.appName),
      detail: vscode.l10n.t(
        "{0}://… for somebody who has Parley installed there: one click, then a name.",
        vscode.env.uriScheme,
      ),
      iconPath: new vscode.ThemeIcon("link-external"),
    };
    const form = await vscode.window.showQuickPick([plain, opening], {
      title: vscode.l10n.t("Invite someone"),
      placeHolder: vscode.l10n.t("The link lets one person join, within 7 days"),
    });
    if (form === undefined) return;
    const { link, expiresAt } = await messenger.createInvite(INVITE_USES, INVITE_SECONDS);
    await vscode.env.clipboard.writeText(form === plain ? link : await forThisEditor(link));
    inform(
      vscode.l10n.t(
        "The invite is on the clipboard. It works once, until {0}, for whoever has it: send it over a channel you trust.",
        expiresAt.toLocaleDateString(vscode.env.language),
      ),
    );
  });
}

async function forThisEditor(link: string): Promise<string> {
  const { editorInviteLink, parseInvite } = await import("../engine.ts");
  return editorInviteLink(parseInvite(link), vscode.env.uriScheme, EXTENSION_ID);
}

/** Runs what needs the messenger, and tells what goes wrong. */
export async function attempt(
  { host, errors }: Parley,
  act: (messenger: SharedMessenger) => Promise<void> | void,
): Promise<void> {
  try {
    await act(await host.open());
  } catch (error) {
    await errors.tell(error, accountOf(host.messenger));
  }
}
