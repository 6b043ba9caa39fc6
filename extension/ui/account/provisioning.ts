/**
 * Joins without questions if there is no account yet and the extension host's environment has an invite and a name (`npm start`, dev
 * containers). A container's environment was written by its author, not by the user, so any server but one on this machine needs the
 * user's consent.
 */
import * as vscode from "vscode";
import type { Parley } from "../parley.ts";
import { askToJoin } from "./ask-to-join.ts";
import { join } from "./join.ts";
import type { Provision } from "./provisioned.ts";

export async function provision(parley: Parley, wanted: Provision): Promise<void> {
  try {
    const messenger = await parley.host.whenOpen();
    if (messenger.account !== undefined) {
      // Show Parley in a window that was set up for it.
      await parley.people.focus();
      return;
    }
    const { isLoopback, parseInvite } = await import("../../engine.ts");
    const invite = parseInvite(wanted.link);
    const why = vscode.l10n.t("The environment of this window asks for this, for the name {0}.", wanted.name);
    if (isLoopback(invite.host) || (await askToJoin(invite, why)))
      await join(parley, wanted.link, wanted.name);
  } catch (error) {
    await parley.errors.report(error, { name: wanted.name }, () => provision(parley, wanted));
  }
}
