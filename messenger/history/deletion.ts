/** Deletes messages: in slices, so that a long history does not stop everything else, and so that nothing of it stays in the file. */
import { setImmediate } from "node:timers/promises";
import type { Username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import { forgotten } from "../chats/timer.ts";
import { type Context, peerOf } from "../context.ts";
import type { MessagePlace } from "../store/expiries.ts";

/** One transaction of some ten milliseconds. */
const SLICE_MESSAGES = 500;
/** Messages that are opened to see how old they are. */
const OPENED_AT_A_TIME = 100;

export class Deletion {
  readonly #context: Pick<Context, "store" | "chats">;

  constructor(context: Pick<Context, "store" | "chats">) {
    this.#context = context;
  }

  /**
   * Deletes a chat's messages, except those that still wait to leave, and its draft; its timer is forgotten. Where it is broken off, the rest
   * is shown, and it may be asked for again.
   */
  async deleteHistory({ peer: name, upTo: shownUpTo }: Params<"deleteHistory">): Promise<void> {
    const { store, chats } = this.#context;
    const known = store.peers.get(name);
    if (known === undefined) return;
    const upTo = Math.min(this.#newest(known.id), shownUpTo);
    await this.#takeOut(name, () => store.deletions.oldest(known.id, upTo, SLICE_MESSAGES));
    if (!store.isOpen) return;
    const isEmpty = this.#newest(known.id) === 0;
    store.transaction(() => {
      store.deletions.removeEarly(known.id, 0);
      const peer = peerOf(store, name);
      const { timer } = peer.chat;
      chats.change(peer, {
        draft: "",
        timer: timer && forgotten(timer),
        // A chat that nothing is in is not listed.
        ...(isEmpty && { lastActivity: 0 }),
      });
    });
    store.scrub();
  }

  /** Deletes messages that were read or have left, up to the moment of the call. */
  async deleteSeen(name: Username): Promise<void> {
    const { store } = this.#context;
    const known = store.peers.get(name);
    if (known === undefined) return;
    const { firstUnread } = known.chat;
    const upTo = firstUnread === undefined ? this.#newest(known.id) : firstUnread.position - 1;
    await this.#takeOut(name, () => store.deletions.oldestSettled(known.id, upTo, SLICE_MESSAGES));
  }

  /**
   * Deletes messages stored before a time, except those that still wait to leave. Messages that seem to come from the future, since
   * the clock was wrong for a while, neither go nor keep others from going.
   * @param before Unix time, milliseconds
   */
  async deleteOlder(name: Username, before: number): Promise<void> {
    const { store } = this.#context;
    const known = store.peers.get(name);
    if (known === undefined) return;
    let after = 0;
    await this.#takeOut(name, () => {
      for (;;) {
        const messages = store.messages.page(known.id, { limit: OPENED_AT_A_TIME, after });
        const old: MessagePlace[] = [];
        for (const message of messages) {
          const at = message.storedAt;
          if (at >= before && at <= Date.now()) return old;
          after = message.position;
          if (at < before && message.state !== "waiting") old.push(message);
        }
        if (old.length > 0 || messages.length === 0) return old;
      }
    });
  }

  /** Deletes messages whose time is over. */
  async deleteDue(): Promise<void> {
    const { store } = this.#context;
    for (const [peerId, due] of store.expiries.due(Date.now())) {
      const left = [...due];
      const name = store.peers.withId(peerId)?.name;
      if (name !== undefined) await this.#takeOut(name, () => left.splice(0, SLICE_MESSAGES));
    }
  }

  /** @param next the messages to delete next; nothing when all are gone. It is asked again until then */
  async #takeOut(name: Username, next: () => readonly MessagePlace[]): Promise<void> {
    const { store, chats } = this.#context;
    let any = false;
    while (store.isOpen) {
      const slice = next();
      if (slice.length === 0) break;
      store.transaction(() => chats.remove(peerOf(store, name), slice));
      any = true;
      await setImmediate();
    }
    if (any && store.isOpen) store.scrub();
  }

  /** @returns the position of the newest message; 0 where there is none */
  #newest(peerId: number): number {
    return this.#context.store.messages.page(peerId, { limit: 1 })[0]?.position ?? 0;
  }
}
