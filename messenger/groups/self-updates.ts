/**
 * Renews this side's keys in a conversation when the protocol requires it, so that stolen keys become useless. The update is invisible to
 * users. It goes through the outbox like a message, and takes effect once the server has accepted it.
 */

import type { Context } from "../context.ts";
import type { ChatId } from "../model.ts";

/** Milliseconds between checks of conversations without messages. */
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

  /** Checks whether an update is due, after a message was sent or received in the chat. */
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
