/** Deletes messages: in slices, so that a long history does not stop everything else, and so that nothing of it stays in the file. */
import { setImmediate } from "node:timers/promises";
import type { Username } from "../../protocol/names.ts";
import { type Context, peerOf } from "./context.ts";

/** One transaction of some ten milliseconds. */
const SLICE_MESSAGES = 500;

export class Deletion {
  readonly #context: Pick<Context, "store" | "chats">;

  constructor(context: Pick<Context, "store" | "chats">) {
    this.#context = context;
  }

  /**
   * Deletes what is in a chat now, but what still waits to leave, and its draft. Where it is broken off, what is left
   * is shown, and it may be asked for again.
   */
  async deleteHistory(name: Username): Promise<void> {
    const { store, chats } = this.#context;
    const known = store.peers.get(name);
    if (known === undefined) return;
    const upTo = store.messages.page(known.id, { limit: 1 })[0]?.position ?? 0;
    while (store.isOpen) {
      const slice = store.deletions.oldest(known.id, upTo, SLICE_MESSAGES);
      if (slice.length === 0) break;
      store.transaction(() => chats.remove(peerOf(store, name), slice));
      await setImmediate();
    }
    if (!store.isOpen) return;
    store.transaction(() =>
      chats.change(peerOf(store, name), { draft: "", ...nothingLeft(store, known.id) }),
    );
    store.scrub();
  }
}

/** A chat that nothing is in is not listed. */
function nothingLeft({ messages }: Context["store"], peerId: number): { readonly lastActivity?: number } {
  return messages.page(peerId, { limit: 1 }).length === 0 ? { lastActivity: 0 } : {};
}
