/** The question before joining a server that something else than the user names: a link that opened the editor, or its environment. */
import * as vscode from "vscode";
import type { Invite } from "../../protocol/identity/invite.ts";
import { inviteOrigin } from "./invite-text.ts";

/** @param why what asks for it, one sentence. @returns whether the user wants that server, with that authority */
export async function askToJoin(invite: Invite, why: string): Promise<boolean> {
  const join = vscode.l10n.t("Join…");
  const { server, fingerprint } = inviteOrigin(invite);
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("Join the Parley server at {0}?", server),
    {
      modal: true,
      detail: vscode.l10n.t(
        "{0} Go on only if you expected it from somebody you know: the person who runs that server sees when you are online and whom you talk to, never what you write.\n\nFingerprint of its authority:\n{1}",
        why,
        fingerprint,
      ),
    },
    join,
  );
  return answer === join;
}
