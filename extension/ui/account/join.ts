/** Joining a server with an invite link and a name. */
import { userInfo } from "node:os";
import * as vscode from "vscode";
import type { Invite } from "../../../protocol/identity/invite.ts";
import { View } from "../../ids.ts";
import { inform } from "../editor.ts";
import { codeHelp, errorCode, errorHelp } from "../error-text.ts";
import type { Parley } from "../parley.ts";
import { type Answer, inSteps } from "../step-order.ts";
import { askText, type Heading } from "../steps.ts";
import { offerRecoveryFile } from "./recovery-file.ts";
import { suggestedName } from "./suggested-name.ts";

/** Asks for the link, then calls joinAsPerson. */
export async function joinWithInvite(parley: Parley): Promise<void> {
  if (await alreadyJoined(parley)) return;
  const { parseInvite } = await import("../../engine.ts");
  const problem = (link: string): string | undefined => {
    try {
      parseInvite(link.trim());
      return undefined;
    } catch (error) {
      return errorHelp(error, vscode.l10n.t).text;
    }
  };
  const title = vscode.l10n.t("Join with an invite");
  let link = "";
  await inSteps([
    async () => {
      const typed = await askText(
        { title, step: 1, totalSteps: 2 },
        {
          prompt: vscode.l10n.t(
            "Paste the invite link you were given. It holds the server's address and proves that it's the right one.",
          ),
          placeholder: "parley://…",
          value: link,
          validate: problem,
        },
      );
      if (typeof typed !== "string") return typed;
      link = typed.trim();
      return "done";
    },
    () => joinAsPerson(parley, link, { title, step: 2, totalSteps: 2 }),
  ]);
}

/**
 * Joins with a parsed link. Asks for a name, and again while the server reports that it is taken.
 * @param then called once the user has joined
 */
export async function joinAsPerson(
  parley: Parley,
  link: string,
  heading: Heading,
  then: (parley: Parley) => void = offerRecoveryFile,
): Promise<Answer<"done">> {
  const { parseInvite, parseUsername } = await import("../../engine.ts");
  let invite: Invite;
  try {
    invite = parseInvite(link);
  } catch (error) {
    await parley.errors.report(error);
    return undefined;
  }
  const wrong = (name: string) =>
    parseUsername(name) === undefined ? codeHelp("name-invalid", vscode.l10n.t).text : undefined;
  let name: string | undefined = invite.name;
  let taken: string | undefined;
  for (;;) {
    if (invite.name === undefined) {
      const last = taken;
      const typed = await askText(heading, {
        prompt:
          last === undefined
            ? vscode.l10n.t("Choose the name others see. You can't change it later.")
            : vscode.l10n.t("{0} is taken. Choose another name.", last),
        value: last ?? suggestedName(userInfo().username) ?? "",
        validate: (value) =>
          value === last ? codeHelp("name-taken", vscode.l10n.t, { name: value }).text : wrong(value),
      });
      if (typeof typed !== "string") return typed;
      name = typed;
    }
    if (name === undefined) return undefined;
    try {
      await join(parley, link, name);
      then(parley);
      return "done";
    } catch (error) {
      if (errorCode(error) !== "name-taken" || invite.name !== undefined) {
        const again = async () => void (await joinAsPerson(parley, link, { title: heading.title }, then));
        await parley.errors.report(error, { name, host: invite.host }, again);
        return undefined;
      }
      taken = name;
    }
  }
}

/** Joins, with progress in the Parley view, and focuses that view at the end. */
export async function join(parley: Parley, link: string, name: string): Promise<void> {
  const messenger = await parley.host.open();
  await vscode.window.withProgress({ location: { viewId: View.people } }, () =>
    messenger.calls.join({ link, name }),
  );
  await parley.host.rememberSignedOut(false);
  await parley.people.focus();
}

/** @returns whether there is an account. If so, tells the user to forget it before joining with another */
export async function alreadyJoined(parley: Parley): Promise<boolean> {
  try {
    const { account } = await parley.host.open();
    if (account === undefined) return false;
    inform(
      vscode.l10n.t(
        "You're already {0} on {1}. To join another server, forget that account first (Parley: Forget Account…).",
        account.name,
        account.host,
      ),
    );
  } catch (error) {
    await parley.errors.report(error);
  }
  return true;
}
