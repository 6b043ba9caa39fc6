/**
 * Makes new keys for our side of a conversation when they are due by the protocol, which shuts out a thief of the old ones.
 * Nobody sees anything of it. It leaves through the outbox like a message, and counts once the server has taken it.
 */
import type { Username } from "../../protocol/names.ts";
import type { Context } from "../context.ts";
import type { Delivery } from "../delivery/delivery.ts";

/** How often conversations in which nothing is said are looked at. */
const LOOK_MS = 60 * 60_000;

export class SelfUpdates {
  readonly #context: Context;
  readonly #delivery: Delivery;
  readonly #timer: NodeJS.Timeout;

  constructor(context: Context, delivery: Delivery) {
    this.#context = context;
    this.#delivery = delivery;
    this.#timer = setInterval(() => this.lookAtAll(), LOOK_MS);
    this.#timer.unref();
  }

  lookAtAll(): void {
    for (const { name } of this.#context.store.peers.all()) this.lookAt(name);
  }

  /** Checks whether an update is due: something was sent to that person, or came from them. */
  lookAt(name: Username): void {
    const { lanes, log } = this.#context;
    lanes
      .run(name, () => this.#renewIfDue(name))
      .catch((error: unknown) => log.error(`Keys were not renewed: ${String(error)}`));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #renewIfDue(name: Username): Promise<void> {
    const { store, conversations } = this.#context;
    const peer = store.isOpen ? store.peers.get(name) : undefined;
    if (peer?.chat.phase !== "open" || peer.chat.lost || peer.chat.current === undefined) return;
    const conversation = conversations.get(peer.chat.current);
    if (!conversation?.updateDue(Date.now())) return;
    const { next, id, epoch, bytes } = await conversation.commit(Date.now());
    store.transaction(() => {
      conversations.put(peer.id, next);
      store.outbox.add(peer.id, next.id, { verb: "commit", id, epoch, sealed: bytes });
    });
    this.#delivery.wake(peer.id);
  }
}
