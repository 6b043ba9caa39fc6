/**
 * Makes new keys for our side of a conversation when they are due by the protocol, which shuts out a thief of the old ones.
 * Nobody sees anything of it. It leaves through the outbox like a message, and counts once the server has taken it.
 */

import type { Context } from "../context.ts";
import type { ChatId } from "../model.ts";

/** How often conversations in which nothing is said are looked at. */
const LOOK_MS = 60 * 60_000;

export class SelfUpdates {
  readonly #context: Context;
  readonly #timer: NodeJS.Timeout;

  constructor(context: Context) {
    this.#context = context;
    this.#timer = setInterval(() => this.lookAtAll(), LOOK_MS);
    this.#timer.unref();
  }

  lookAtAll(): void {
    for (const { id } of this.#context.store.chats.all()) this.lookAt(id);
  }

  /** Checks whether an update is due: something was sent in that chat, or came. */
  lookAt(id: ChatId): void {
    const { lanes, log } = this.#context;
    lanes
      .run(id, () => this.#renewIfDue(id))
      .catch((error: unknown) => log.error(`Keys were not renewed: ${String(error)}`));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #renewIfDue(id: ChatId): Promise<void> {
    const { store, conversations } = this.#context;
    const chat = store.isOpen ? store.chats.get(id) : undefined;
    if (chat?.phase !== "open" || chat.group.lost || chat.group.current === undefined) return;
    const conversation = conversations.get(chat.group.current);
    if (!conversation?.updateDue(Date.now())) return;
    const { next, id: commit, epoch, bytes } = await conversation.commit(Date.now());
    store.transaction(() => {
      conversations.put(chat.number, next);
      store.outbox.add(chat.number, next.id, { verb: "commit", id: commit, epoch, sealed: bytes });
    });
  }
}
