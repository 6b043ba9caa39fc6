/** Reads the messages of a chat for a window. A chat that was never used has none. */
import type { Params } from "../calls.ts";
import type { ChatMessage, MessageVersion } from "../model.ts";
import { positionAt } from "../store/position-at.ts";
import type { Store } from "../store/store.ts";
import { isShownMessage, type ShownMessage } from "../store/stored-message.ts";
import type { Chats } from "./chats.ts";

export class Reading {
  readonly #store: Store;
  readonly #chats: Chats;

  constructor(store: Store, chats: Chats) {
    this.#store = store;
    this.#chats = chats;
  }

  /** Returns the messages of a stretch, oldest first. */
  messages({ chat, stretch }: Params<"messages">): readonly ChatMessage[] {
    const known = this.#store.chats.get(chat);
    return known === undefined
      ? []
      : this.#store.messages.page(known.number, stretch).map((message) => this.#chats.view(message));
  }

  positionOf({ chat, target }: Params<"positionOf">): number | undefined {
    const { chats, messages } = this.#store;
    const known = chats.get(chat);
    if (known === undefined) return undefined;
    if ("id" in target) return messages.find(known.number, target.id)?.position;
    return positionAt(messages, known.number, target.at);
  }

  /** Returns the versions of a message before its present one, oldest first. */
  earlierVersions({ chat, id }: Params<"earlierVersions">): readonly MessageVersion[] {
    const [message] = this.#find({ chat, ids: [id] });
    const versions = message && this.#store.messages.resultsOf(message).versions;
    return (versions ?? []).slice(0, -1).map(({ at, body }) => ({ at, body }));
  }

  messagesById(params: Params<"messagesById">): readonly ChatMessage[] {
    return this.#find(params).map((message) => this.#chats.view(message));
  }

  #find({ chat, ids }: Params<"messagesById">): readonly ShownMessage[] {
    const known = this.#store.chats.get(chat);
    if (known === undefined) return [];
    return ids.flatMap((id) => this.#store.messages.find(known.number, id) ?? []).filter(isShownMessage);
  }
}
