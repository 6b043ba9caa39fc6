/**
 * Joining without questions: the extension host's environment names an invite and a person, as `npm start` and a
 * dev container set it up, and there is no account yet. In a container the environment is its author's, not the user's:
 * only a server on this very machine is joined without a question.
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
      // A window that was set up for a person opens on Parley's view.
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
