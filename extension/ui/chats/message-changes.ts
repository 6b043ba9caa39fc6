/** Carries out the page's requests about messages: edits, deletions, reactions, quotes and earlier versions. */
import * as vscode from "vscode";
import { bodyText, pageBody, shownKind } from "../../../messenger/kinds/body.ts";
import type { ChatId, ChatMessage } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../../../protocol/names.ts";
import type { PageMessage } from "../../contract/page-message.ts";
import type { HostMessage, PanelMessage } from "../../contract/panel.ts";
import { type WhyNotDelete, whyNotDelete } from "../../contract/possible-changes.ts";
import { quotation } from "../plain-text.ts";
import { ask } from "../question.ts";

/** As much of a message as a question shows. */
const MAX_CHARACTERS = 100;

type Asked<Type extends PageMessage["type"]> = Extract<PageMessage, { type: Type }>;

export interface MessageChangesParts {
  readonly chat: ChatId;
  readonly messenger: SharedMessenger;
  readonly post: (message: HostMessage) => void;
  readonly shown: (message: ChatMessage) => PanelMessage;
}

/** The ids come from parsePageMessage, which has checked their form; the messenger checks that the messages exist. */
export class MessageChanges {
  readonly #parts: MessageChangesParts;

  constructor(parts: MessageChangesParts) {
    this.#parts = parts;
  }

  /** Tells the page whether the messenger has taken the edit. @throws the messenger's error */
  async edit({ id, target, text }: Asked<"edit">): Promise<void> {
    const { chat, messenger, post } = this.#parts;
    const change = { chat, target: target as MessageId, text, id: id as MessageId };
    try {
      await messenger.calls.editMessage(change);
      post({ type: "taken", id });
    } catch (error) {
      post({ type: "refused", ids: [id], text });
      throw error;
    }
  }

  async react({ target, emoji, on }: Asked<"react">): Promise<void> {
    const { chat, messenger } = this.#parts;
    await messenger.calls.react({ chat, target: target as MessageId, emoji, on });
  }

  /** Asks whether to delete a message, and for whom. */
  async delete(target: string): Promise<void> {
    const { chat, messenger, shown } = this.#parts;
    const place = { chat, target: target as MessageId };
    const [message] = await messenger.calls.messagesById({ chat, ids: [place.target] });
    if (message === undefined) return;
    const { title, phase } = messenger.chat(chat);
    const whyNot = whyNotDelete(shown(message), { open: phase === "open" });
    const both = vscode.l10n.t("Delete for Both");
    const here = vscode.l10n.t("Delete Here");
    const answer = await ask({
      text: vscode.l10n.t("Delete this message?"),
      detail: `${await beginningOf(message)}\n\n${[
        vscode.l10n.t("Deleted here, it's gone from this computer, and {0} keeps it.", title),
        whyNot === undefined
          ? vscode.l10n.t(
              "Deleted for both, a line stays that says so. {0} may have read or copied the message.",
              title,
            )
          : whyNotBothText(whyNot, title),
        vscode.l10n.t("You can't undo this."),
      ].join(" ")}`,
      safe: vscode.l10n.t("Keep Message"),
      choices: whyNot === undefined ? [both, here] : [here],
    });
    if (answer === both) await messenger.calls.deleteMessage(place);
    if (answer === here) await messenger.calls.deleteHere(place);
  }

  async versions(id: string): Promise<void> {
    const { chat, messenger, post } = this.#parts;
    const versions = await messenger.calls.earlierVersions({ chat, id: id as MessageId });
    post({ type: "versions", id, versions: versions.map(({ at, body }) => ({ at, body: pageBody(body) })) });
  }

  async quotes(ids: readonly string[]): Promise<void> {
    const { chat, messenger, post, shown } = this.#parts;
    const messages = await messenger.calls.messagesById({ chat, ids: ids as readonly MessageId[] });
    post({ type: "quoted", ids, messages: messages.map(shown) });
  }

  /** @returns the position of the message, undefined if it is gone */
  positionOf(id: string): Promise<number | undefined> {
    const { chat, messenger } = this.#parts;
    return messenger.calls.positionOf({ chat, target: { id: id as MessageId } });
  }
}

/** @returns the beginning of the message in quotation marks, so that the user sees which one the question is about */
async function beginningOf({ body }: ChatMessage): Promise<string> {
  const { previewText } = await import("../../engine.ts");
  const text = bodyText(body, { t: vscode.l10n.t, name: (person) => person });
  return quotation(shownKind(body).markdown ? previewText(text, vscode.l10n.t) : text, MAX_CHARACTERS);
}

function whyNotBothText(reason: WhyNotDelete, peer: string): string {
  switch (reason) {
    case "deleted":
      return vscode.l10n.t("It's deleted for both already.");
    case "not-yours":
      return vscode.l10n.t("Only {0} can delete it for both.", peer);
    case "no-chat":
      return vscode.l10n.t("It can't be deleted for both while the chat isn't open.");
  }
}
