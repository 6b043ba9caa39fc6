/** The command that copies an invite link for one person. Warns if other computers cannot reach the server in it. */
import * as vscode from "vscode";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { dateText } from "../../../messenger/text/times.ts";
import { EXTENSION_ID } from "../../ids.ts";
import { attempt } from "../account/account.ts";
import { offerRecoveryFile } from "../account/recovery-file.ts";
import { setting } from "../editor.ts";
import { toast } from "../notifications/toast.ts";
import type { Parley } from "../parley.ts";
import { ask } from "../question.ts";
import { openToTeam } from "../server/open-to-team.ts";
import type { ServerTaskProvider } from "../server/server-task.ts";
import { markDone } from "../walkthrough.ts";

const INVITE_USES = 1;
const INVITE_SECONDS = 7 * 24 * 60 * 60;

export function inviteSomeone(parley: Parley, tasks: ServerTaskProvider): Promise<void> {
  return attempt(parley, async (messenger) => {
    const invite = await usefulInvite(parley, messenger, tasks);
    if (invite === undefined) return;
    const plain = {
      label: vscode.l10n.t("Copy an invite link"),
      detail: vscode.l10n.t("parley://… to paste into “Parley: Join with Invite…”. Works in every editor."),
      iconPath: new vscode.ThemeIcon("link"),
    };
    const opening = {
      label: vscode.l10n.t("Copy a link that opens {0}", vscode.env.appName),
      detail: vscode.l10n.t(
        "{0}://… for someone who has Parley installed there: one click, then a name.",
        vscode.env.uriScheme,
      ),
      iconPath: new vscode.ThemeIcon("link-external"),
    };
    const form = await vscode.window.showQuickPick([plain, opening], {
      title: vscode.l10n.t("Invite someone"),
      placeHolder: vscode.l10n.t("The link lets one person join, within 7 days"),
    });
    if (form === undefined) return;
    await vscode.env.clipboard.writeText(form === plain ? invite.link : await forThisEditor(invite.link));
    markDone(parley.context, "invite");
    const copied = vscode.l10n.t(
      "The invite is on the clipboard. It works once, until {0}, for anyone who has it: send it over a channel you trust.",
      dateText(invite.expiresAt.getTime()),
    );
    const mine = Symbol();
    newest = mine;
    void tellCopied(parley, copied).then(() => {
      if (newest === mine) offerRecoveryFile(parley);
    });
  });
}

/** The invite that was copied last. Its notification replaces the previous one. */
let newest: symbol | undefined;

/**
 * Confirms that the invite was copied, and offers to accept the invited person's request automatically. Resolves once the notification
 * is hidden.
 */
async function tellCopied({ host }: Parley, text: string): Promise<void> {
  const letIn = vscode.l10n.t("Accept Their Request for Me");
  const { answer, gone } = toast(host, {
    text,
    buttons: [setting("parley.acceptInvited") ? vscode.l10n.t("OK") : letIn],
    holds: () => host.messenger?.account !== undefined,
  });
  const done = answer.then(async (pressed) => {
    if (pressed !== letIn) return;
    await vscode.workspace
      .getConfiguration()
      .update("parley.acceptInvited", true, vscode.ConfigurationTarget.Global);
  });
  await Promise.race([done, gone]);
}

/** @returns undefined if the user cancelled, or chose to open the server to the team and that failed */
async function usefulInvite(
  parley: Parley,
  messenger: SharedMessenger,
  tasks: ServerTaskProvider,
): Promise<{ readonly link: string; readonly expiresAt: Date } | undefined> {
  const { isLoopback, parseInvite } = await import("../../engine.ts");
  const invite = await messenger.calls.createInvite({ uses: INVITE_USES, expiresSeconds: INVITE_SECONDS });
  // Check the address in the link, which may differ from the one that this user connects to.
  const { host } = parseInvite(invite.link);
  if (!isLoopback(host)) return invite;
  const open = vscode.l10n.t("Open the Server to the Team…");
  const anyway = vscode.l10n.t("Copy Anyway");
  const answer = await ask({
    text: vscode.l10n.t("Only this computer can use this invite"),
    detail: vscode.l10n.t(
      "It leads to {0}, which on every other computer is that computer itself. To invite your team, let the server listen on an address that the team can reach. Its data and your account stay as they are.",
      host,
    ),
    safe: open,
    choices: [anyway],
  });
  if (answer === anyway) return invite;
  if (answer !== open || !(await openToTeam(parley, messenger, tasks))) return undefined;
  return messenger.calls.createInvite({ uses: INVITE_USES, expiresSeconds: INVITE_SECONDS });
}

async function forThisEditor(link: string): Promise<string> {
  const { editorInviteLink, parseInvite } = await import("../../engine.ts");
  return editorInviteLink(parseInvite(link), vscode.env.uriScheme, EXTENSION_ID);
}
