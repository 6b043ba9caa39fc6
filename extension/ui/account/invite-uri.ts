/** Handles `vscode://parley-chat.parley/join?…`. Any web page can open such a link, so it does nothing without the user's consent. */
import * as vscode from "vscode";
import type { Invite } from "../../../protocol/identity/invite.ts";
import type { Parley } from "../parley.ts";
import { askToJoin } from "./ask-to-join.ts";
import { inviteOrigin } from "./invite-text.ts";
import { alreadyJoined, joinAsPerson } from "./join.ts";

export class InviteUri implements vscode.UriHandler {
  readonly #parley: Parley;
  /** Whether a question is open: links that are opened meanwhile are ignored. */
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
      await this.#parley.errors.report(error);
    } finally {
      this.#asking = false;
    }
  }

  async #ask(uri: vscode.Uri): Promise<void> {
    const { parseInvite } = await import("../../engine.ts");
    // toString() without `true` would encode the query a second time.
    const link = uri.toString(true);
    const invite: Invite = parseInvite(link);
    if (await alreadyJoined(this.#parley)) return;
    if (await askToJoin(invite, vscode.l10n.t("A link asks for this.")))
      await joinAsPerson(this.#parley, link, {
        title: vscode.l10n.t("Join {0}", inviteOrigin(invite).server),
      });
  }
}
