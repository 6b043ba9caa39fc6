/** Joining a server: an invite link and a name, nothing else. */
import { userInfo } from "node:os";
import * as vscode from "vscode";
import type { Invite } from "../../protocol/identity/invite.ts";
import { View } from "../ids.ts";
import { inform } from "./editor.ts";
import { codeHelp, errorCode, errorHelp } from "./error-text.ts";
import type { Parley } from "./parley.ts";
import { offerRecoveryFile } from "./recovery-file.ts";
import { suggestedName } from "./suggested-name.ts";

/** The command: asks for the link, then as joinAsPerson. */
export async function joinWithInvite(parley: Parley): Promise<void> {
  if (await alreadyJoined(parley)) return;
  const { parseInvite } = await import("../engine.ts");
  const problem = (link: string): string | undefined => {
    try {
      parseInvite(link.trim());
      return undefined;
    } catch (error) {
      return errorHelp(error, vscode.l10n.t).text;
    }
  };
  const link = await vscode.window.showInputBox({
    title: vscode.l10n.t("Join with an invite (1 of 2)"),
    prompt: vscode.l10n.t(
      "Paste the invite link you were given. It holds the server's address and proves that it's the right one.",
    ),
    placeHolder: "parley://…",
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === "" ? undefined : problem(value)),
  });
  if (link === undefined || link.trim() === "") return;
  await joinAsPerson(parley, link.trim(), vscode.l10n.t("Join with an invite (2 of 2)"));
}

/** Joins with a link that parsed; asks the name, again where the server says that it is taken. */
export async function joinAsPerson(parley: Parley, link: string, title: string): Promise<void> {
  const { parseInvite, parseUsername } = await import("../engine.ts");
  let invite: Invite;
  try {
    invite = parseInvite(link);
  } catch (error) {
    return parley.errors.report(error);
  }
  const wrong = (name: string) =>
    parseUsername(name) === undefined ? codeHelp("name-invalid", vscode.l10n.t).text : undefined;
  let name: string | undefined = invite.name;
  let taken: string | undefined;
  for (;;) {
    if (invite.name === undefined) {
      const last = taken;
      name = await vscode.window.showInputBox({
        title,
        prompt:
          last === undefined
            ? vscode.l10n.t("Choose the name others see. You can't change it later.")
            : vscode.l10n.t("{0} is taken. Choose another name.", last),
        value: last ?? suggestedName(userInfo().username) ?? "",
        ignoreFocusOut: true,
        validateInput: (value) =>
          value !== "" && value === last
            ? codeHelp("name-taken", vscode.l10n.t, { name: value }).text
            : value === ""
              ? undefined
              : wrong(value),
      });
    }
    if (name === undefined || name === "") return;
    try {
      await join(parley, link, name);
      offerRecoveryFile(parley);
      return;
    } catch (error) {
      if (errorCode(error) !== "name-taken" || invite.name !== undefined) {
        const again = () => joinAsPerson(parley, link, title);
        return parley.errors.report(error, { name, host: invite.host }, again);
      }
      taken = name;
    }
  }
}

/** Shows that something goes on where people look for it, in Parley's own view, and ends there: with who is online. */
export async function join(parley: Parley, link: string, name: string): Promise<void> {
  const messenger = await parley.host.open();
  await vscode.window.withProgress({ location: { viewId: View.people } }, () =>
    messenger.calls.join({ link, name }),
  );
  await parley.host.rememberSignedOut(false);
  await vscode.commands.executeCommand(`${View.people}.focus`);
}

/** @returns whether there is an account already; says so, since a second one would need the first to be forgotten */
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
