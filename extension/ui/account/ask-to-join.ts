/** Asks before joining a server that the user did not choose: it came from a link that opened VS Code, or from the environment. */
import * as vscode from "vscode";
import type { Invite } from "../../../protocol/identity/invite.ts";
import { ask } from "../question.ts";
import { inviteOrigin } from "./invite-text.ts";

/**
 * Asks whether to join.
 * @param why one sentence about the source of the invite
 * @returns whether the user accepts that server and its authority
 */
export async function askToJoin(invite: Invite, why: string): Promise<boolean> {
  const join = vscode.l10n.t("Join…");
  const { server, fingerprint } = inviteOrigin(invite);
  const answer = await ask({
    text: vscode.l10n.t("Join the Parley server at {0}?", server),
    detail: vscode.l10n.t(
      "{0} Join only if you expected this from someone you know. The person who runs the server sees when you're online and whom you talk to, but never what you write.\n\nFingerprint of its authority:\n{1}",
      why,
      fingerprint,
    ),
    safe: vscode.l10n.t("Don't Join"),
    choices: [join],
  });
  return answer === join;
}
