/**
 * Fetches small pictures that nobody asked for: from people whose key is pinned, in open chats, where the user's setting allows it. Their bytes
 * are bounded, for each chat and in all: beyond that, a file waits until the user asks for it.
 */

import { isMine } from "../chats/author.ts";
import { trustOf } from "../contacts/contact.ts";
import { type Context, chatOf } from "../context.ts";
import { filesOf } from "../kinds/body.ts";
import type { ChatMessage, MessengerOptions } from "../model.ts";
import type { Downloads } from "./downloads.ts";

/** Of one file. */
const MAX_BYTES = 1024 * 1024;
/** Of all that are here so, in one chat and in all of them. */
const MAX_CHAT_BYTES = 64 * 1024 * 1024;
const MAX_ALL_BYTES = 512 * 1024 * 1024;

export class Unasked {
  readonly #context: Context;
  readonly #downloads: Downloads;
  readonly #setting: NonNullable<MessengerOptions["downloadByItself"]>;

  constructor(context: Context, downloads: Downloads, setting: MessengerOptions["downloadByItself"]) {
    this.#context = context;
    this.#downloads = downloads;
    this.#setting = setting ?? (() => "never");
  }

  /** Looks at a message that has come. */
  arrived(message: ChatMessage): void {
    const { chat, id, author } = message;
    const files = filesOf(message.body);
    if (files.length === 0 || author === undefined || this.#setting() === "never") return;
    const { store, contacts, chats } = this.#context;
    if (isMine({ author }, chats.self)) return;
    const trust = trustOf(contacts.get(author));
    const { phase, number } = chatOf(store, chat);
    if (phase !== "open" || (trust !== "pinned" && trust !== "verified")) return;
    for (const [item, { bytes, picture }] of files.entries()) {
      if (picture === undefined || bytes > MAX_BYTES) continue;
      if (store.files.unaskedBytes(number) + bytes > MAX_CHAT_BYTES) return;
      if (store.files.unaskedBytes() + bytes > MAX_ALL_BYTES) return;
      const name = { chat, id, item };
      this.#downloads.want(name, this.#downloads.find(name).spot, { unasked: Math.max(1, bytes) });
      this.#downloads.add(name);
    }
  }
}
