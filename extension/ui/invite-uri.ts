/** `vscode://parley-chat.parley/join?…`: any web page can open it, so nothing happens before the user has said yes. */
import * as vscode from "vscode";
import type { Invite } from "../../protocol/identity/invite.ts";
import { inviteOrigin } from "./invite-text.ts";
import { alreadyJoined, joinAsPerson } from "./join.ts";
import type { Parley } from "./parley.ts";

export class InviteUri implements vscode.UriHandler {
  readonly #parley: Parley;
  /** One question at a time: a page that opens a hundred links gets one answer. */
  #asking = false;

  constructor(parley: Parley) {
    this.#parley = parley;
  }

  async handleUri(uri: vscode.Uri): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.#ask(uri);
    } catch (error) {
      await this.#parley.errors.tell(error);
    } finally {
      this.#asking = false;
    }
  }

  async #ask(uri: vscode.Uri): Promise<void> {
    const { parseInvite } = await import("../engine.ts");
    // Not `toString()` alone: that would encode the query a second time.
    const link = uri.toString(true);
    const invite: Invite = parseInvite(link);
    if (await alreadyJoined(this.#parley)) return;
    const join = vscode.l10n.t("Join…");
    const { server, fingerprint } = inviteOrigin(invite);
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t("Join the Parley server at {0}?", server),
      {
        modal: true,
        detail: vscode.l10n.t(
          "A link asks for this. Go on only if you expected it from somebody you know: the person who runs that server sees when you are online and whom you talk to, never what you write.\n\nFingerprint of its authority:\n{0}",
          fingerprint,
        ),
      },
      join,
    );
    if (answer === join) await joinAsPerson(this.#parley, link, vscode.l10n.t("Join {0}", server));
  }
}
