/**
 * Messages that receipts have passed over. A receiver confirms a message to the server once it is on their disk, and sends the receipt a moment
 * later. If their disk goes back to an earlier state in between, such as a copy of the folder, nobody but the sender still has the message, and
 * nothing tells the receiver that it is missing. But a conversation's messages arrive in order, so a receipt for one that was
 * sealed later shows that the earlier one isn't there, or that its own receipt was lost. It is sealed again under its id, by which a
 * receiver that has it recognizes it and repeats the receipt.
 *
 *     receipt for a later one ──▶ passed over ──▶ a moment later, still no receipt ──▶ sealed again ──▶ delivered
 *                                                                                     └──▶ passed over once more ──▶ failed
 *
 * A peer that never confirms some messages has each of them at most twice.
 */
import type { MessageId } from "../../protocol/names.ts";
import { membersOf } from "../chats/chat-id.ts";
import { type Context, chatOf } from "../context.ts";
import type { ChatId } from "../model.ts";
import type { Outgoing } from "./outgoing.ts";

/** Receipts of a burst come in several messages, in no particular order. */
const PATIENCE_MS = 3_000;

export class PassedOver {
  readonly #context: Context;
  readonly #outgoing: Outgoing;
  readonly #timers = new Map<ChatId, NodeJS.Timeout>();

  constructor(context: Context, outgoing: Outgoing) {
    this.#context = context;
    this.#outgoing = outgoing;
  }

  lookAtAll(): void {
    for (const { id } of this.#context.store.chats.all()) this.lookAt(id);
  }

  /** Has the chat's messages that were passed over sealed again, soon. Called after receipts arrived. */
  lookAt(id: ChatId): void {
    const { store, lanes, log } = this.#context;
    const chat = store.chats.get(id);
    if (chat === undefined || this.#timers.has(id) || store.outbox.passedOver(chat.number).length === 0)
      return;
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      lanes
        .run(id, () => this.#sealAgain(id))
        .catch((error: unknown) =>
          log.error(`Messages without a receipt were not sealed again: ${String(error)}`),
        );
    }, PATIENCE_MS);
    this.#timers.set(id, timer);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #sealAgain(id: ChatId): Promise<void> {
    const { store, chats, contacts, log } = this.#context;
    if (!store.isOpen) return;
    const { number, phase, group } = chatOf(store, id);
    // Otherwise the next conversation has them sealed again.
    if (phase !== "open" || group.lost || contacts.changed(membersOf(id)).length > 0) return;
    const passed = store.outbox.passedOver(number);
    if (passed.length === 0) return;
    log.info("Messages have no receipt, but later ones have");
    store.transaction(() => {
      for (const passedId of passed) this.#passed(id, passedId);
      chats.change(chatOf(store, id), {}, { unsealed: true });
    });
    await this.#outgoing.sendBacklog(id);
  }

  /** Inside a transaction. */
  #passed(chat: ChatId, id: MessageId): void {
    const { store, chats } = this.#context;
    const { number } = chatOf(store, chat);
    const message = store.messages.find(number, id);
    store.outbox.dropKept(number, id);
    if (message?.state !== "sent") return;
    if (message.passedOver) chats.fail(chatOf(store, chat), id, "not-collected", "dropped");
    else chats.updated(store.messages.setPassedOver(message));
  }
}
