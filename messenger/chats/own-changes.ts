/** Makes the user's own changes of messages, if they are allowed. */
import { UsageError } from "../../protocol/errors.ts";
import { EDITABLE_MS, MAX_REACTIONS, MAX_REVISIONS } from "../../protocol/limits.ts";
import { newMessageId } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import type { Context } from "../context.ts";
import type { Outgoing } from "../delivery/outgoing.ts";
import { type Body, type Change, isChangeable } from "../kinds/body.ts";
import { isEditable } from "../kinds/edit.ts";
import type { Results } from "../kinds/kind.ts";
import type { ChatMessage } from "../model.ts";
import type { ShownMessage } from "../store/stored-message.ts";

export class OwnChanges {
  readonly #chats: Context["chats"];
  readonly #outgoing: Outgoing;

  constructor({ chats }: Pick<Context, "chats">, outgoing: Outgoing) {
    this.#chats = chats;
    this.#outgoing = outgoing;
  }

  async edit({ chat, target, text, id = newMessageId() }: Params<"editMessage">): Promise<ChatMessage> {
    const edited = await this.#outgoing.change(chat, { target, id }, (message, { versions }) => {
      if (!this.#chats.isMine(message) || !isEditable(message.body))
        throw new UsageError("wrong-state", "Only a text of one's own can be edited");
      if (message.body.text === text || versions.some((version) => version.id === id)) return undefined;
      if (Math.abs(Date.now() - message.at) > EDITABLE_MS)
        throw new UsageError("edit-too-late", "The message is older than EDITABLE_MS");
      const revision = (message.edited?.times ?? 0) + 1;
      if (revision > MAX_REVISIONS) throw new UsageError("too-many-edits", "The message has MAX_REVISIONS");
      return { kind: "edit", target, revision, text };
    });
    return this.#chats.view(edited);
  }

  async delete({ chat, target, id = newMessageId() }: Params<"deleteMessage">): Promise<ChatMessage> {
    const left = await this.#outgoing.change(chat, { target, id }, (message) => {
      if (!this.#chats.isMine(message))
        throw new UsageError("wrong-state", "Only a message of one's own can be deleted for everybody");
      return isChangeable(message.body) ? { kind: "delete", target } : undefined;
    });
    return this.#chats.view(left);
  }

  async react(params: Params<"react">): Promise<ChatMessage> {
    const { chat, target, id = newMessageId() } = params;
    const marked = await this.#outgoing.change(chat, { target, id }, (message, results) =>
      this.#reaction(message, results, params),
    );
    return this.#chats.view(marked);
  }

  #reaction(
    message: ShownMessage,
    { marks }: Results<Body>,
    { target, emoji, on }: Params<"react">,
  ): Change | undefined {
    if (!isChangeable(message.body))
      throw new UsageError("wrong-state", "There is nothing to react to any more");
    const { self } = this.#chats;
    const mine = marks.find(({ by, name }) => by === self && name === "reaction");
    const { values = [], version = 0 } = mine ?? {};
    if (values.includes(emoji) === on) return undefined;
    const next = on ? [...values, emoji] : values.filter((one) => one !== emoji);
    if (next.length > MAX_REACTIONS)
      throw new UsageError("too-many-reactions", "The message has MAX_REACTIONS of the user");
    return { kind: "mark", target, name: "reaction", version: version + 1, values: next };
  }
}
