/** Deletes messages in slices, so that a long history does not block other work, and overwrites their bytes in the file. */
import { setImmediate } from "node:timers/promises";
import { UsageError } from "../../protocol/errors.ts";
import type { Params } from "../calls.ts";
import { forgotten } from "../chats/timer.ts";
import { type Context, chatOf } from "../context.ts";
import type { ChatId } from "../model.ts";
import type { MessagePlace } from "../store/expiries.ts";
import type { ChatNumber } from "../store/numbers.ts";
import { isShownMessage } from "../store/stored-message.ts";

/** Messages per transaction, which takes some ten milliseconds. */
const SLICE_MESSAGES = 500;
/** Messages that are read at once to find their age. */
const OPENED_AT_A_TIME = 100;

export class Deletion {
  readonly #context: Pick<Context, "store" | "chats">;

  constructor(context: Pick<Context, "store" | "chats">) {
    this.#context = context;
  }

  /**
   * Deletes a chat's draft and messages, except those waiting to be sent, and forgets its timer. After an interruption the remaining
   * messages are still shown, and the call can be repeated.
   */
  async deleteHistory({ chat: id, upTo: shownUpTo }: Params<"deleteHistory">): Promise<void> {
    const { store, chats } = this.#context;
    const known = store.chats.get(id);
    if (known === undefined) return;
    const upTo = Math.min(this.#newest(known.number), shownUpTo);
    await this.#takeOut(id, () => store.deletions.oldest(known.number, upTo, SLICE_MESSAGES));
    if (!store.isOpen) return;
    const isEmpty = this.#newest(known.number) === 0;
    store.transaction(() => {
      store.deletions.removeRows(store.deletions.early(known.number));
      for (const parcel of store.parcels.all(known.number))
        if (parcel.stage !== "sending") store.parcels.discard(parcel);
      const chat = chatOf(store, id);
      const { timer } = chat;
      chats.change(chat, {
        draft: "",
        timer: timer && forgotten(timer),
        // An empty chat is not listed.
        ...(isEmpty && { lastActivity: 0 }),
      });
    });
    store.scrub();
  }

  /** Deletes one message. @throws UsageError "wrong-state" while it, or a change to it, waits to be sent */
  async deleteHere({ chat: id, target }: Params<"deleteHere">): Promise<void> {
    const { store } = this.#context;
    const known = store.chats.get(id);
    const message = known && store.messages.find(known.number, target);
    if (message === undefined || !isShownMessage(message)) return;
    const waits = (message.unsettled ?? []).some(({ state }) => state === "waiting");
    if (message.state === "waiting" || waits)
      throw new UsageError("wrong-state", "The message, or a change to it, waits to be sent");
    const left = [message];
    await this.#takeOut(id, () => left.splice(0));
  }

  /** Deletes messages that were read or sent before the call. */
  async deleteSeen(id: ChatId): Promise<void> {
    const { store } = this.#context;
    const known = store.chats.get(id);
    if (known === undefined) return;
    const { firstUnread } = known;
    const upTo = firstUnread === undefined ? this.#newest(known.number) : firstUnread.position - 1;
    await this.#takeOut(id, () => store.deletions.oldestSettled(known.number, upTo, SLICE_MESSAGES));
  }

  /**
   * Deletes messages that were stored before a time, except those waiting to be sent. A message with a time in the future, stored while the
   * clock was wrong, is kept, and does not stop the deletion of later ones.
   * @param before Unix time, milliseconds
   */
  async deleteOlder(id: ChatId, before: number): Promise<void> {
    const { store } = this.#context;
    const known = store.chats.get(id);
    if (known === undefined) return;
    let after = 0;
    await this.#takeOut(id, () => {
      for (;;) {
        const messages = store.messages.page(known.number, { limit: OPENED_AT_A_TIME, after });
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

  /** Deletes changes that were stored before a time, and whose target has not arrived. @param before Unix time, milliseconds */
  async deleteStaleChanges(id: ChatId, before: number): Promise<void> {
    const { store } = this.#context;
    const known = store.chats.get(id);
    if (known === undefined) return;
    await this.#takeOut(id, () =>
      store.deletions.early(known.number, OPENED_AT_A_TIME).filter((place) => {
        const change = store.messages.find(known.number, place.id);
        return change !== undefined && change.storedAt < before;
      }),
    );
  }

  /** Deletes disappearing messages that are due. */
  async deleteDue(): Promise<void> {
    const { store } = this.#context;
    for (const [number, due] of store.expiries.due(Date.now())) {
      const left = [...due];
      const id = store.chats.withNumber(number)?.id;
      if (id !== undefined) await this.#takeOut(id, () => left.splice(0, SLICE_MESSAGES), "drop");
    }
  }

  /**
   * Deletes slice by slice.
   * @param next returns the next slice; an empty one ends the loop
   * @param undelivered whether to keep own changes that not all people have; those of disappearing messages are dropped, since they contain texts
   */
  async #takeOut(
    id: ChatId,
    next: () => readonly MessagePlace[],
    undelivered: "keep" | "drop" = "keep",
  ): Promise<void> {
    const { store, chats } = this.#context;
    let any = false;
    while (store.isOpen) {
      const slice = next();
      if (slice.length === 0) break;
      store.transaction(() => chats.remove(chatOf(store, id), slice, undelivered));
      any = true;
      await setImmediate();
    }
    if (any && store.isOpen) store.scrub();
  }

  /** @returns the position of the newest message; 0 if there is none */
  #newest(chat: ChatNumber): number {
    return this.#context.store.messages.page(chat, { limit: 1 })[0]?.position ?? 0;
  }
}
