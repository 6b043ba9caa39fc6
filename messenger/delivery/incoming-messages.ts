/**
 * Queues the deliveries that arrive: those of one chat in their order and at its pace, within a bound for all. All messages that came in
 * one chat while the last ones were being written are opened as one batch.
 */
import { setImmediate } from "node:timers/promises";
import type { Delivered, MessageDelivered } from "../../protocol/client/client.ts";
import type { ConversationId, Username } from "../../protocol/names.ts";
import { membersOf } from "../chats/chat-id.ts";
import { directChat } from "../chats/direct.ts";
import type { Context } from "../context.ts";
import { StrayMessages } from "../groups/stray-messages.ts";
import { Lanes } from "../lanes.ts";
import type { ChatId } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import type { Intake } from "./intake.ts";
import type { MessageOpener } from "./message-opener.ts";
import { type Pace, type Payer, STRANGERS } from "./pace.ts";

/** Bounds how long one transaction keeps the window's other work waiting: some ten milliseconds. */
const MAX_BATCH = 32;
/** Deliveries that wait here for their turn: far more than a server has under way to one client. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Memory of a waiting delivery beside the message in it. */
const HELD_BYTES = 4 * 1024;
/** Requests and other deliveries that are no message: some two milliseconds each. */
const PIECES_A_TURN = 4;

interface Waiting {
  readonly delivered: MessageDelivered;
  readonly intake: Intake;
}

export class IncomingMessages {
  readonly #context: Context;
  readonly #opener: MessageOpener;
  readonly #strays: StrayMessages;
  /** Messages that came since that chat's last other delivery. */
  readonly #waiting = new Map<ChatId, Waiting[]>();
  /** Deliveries of one chat count in their order; in between, its lane is free for outgoing messages. */
  readonly #arrivals = new Lanes<ChatId>();
  /** Requests and the like of people never talked with: one at a time. */
  readonly #strangers = new Lanes<"">();
  readonly #pace: Pace;
  #inThisTurn = 0;
  #heldBytes = 0;

  constructor(context: Context, opener: MessageOpener, pace: Pace) {
    this.#context = context;
    this.#opener = opener;
    this.#pace = pace;
    this.#strays = new StrayMessages(context);
  }

  take(delivered: MessageDelivered, intake: Intake): void {
    const id = this.#chatOf(delivered.conversation)?.id;
    if (id === undefined) {
      this.#strays.take(delivered);
      return;
    }
    if (membersOf(id).every((name) => this.#context.contacts.isBlocked(name))) {
      delivered.confirm();
      return;
    }
    if (!this.#hold(delivered.sealed.length, intake)) return;
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) {
      waiting.push({ delivered, intake });
      return;
    }
    const arrived = [{ delivered, intake }];
    this.#waiting.set(id, arrived);
    void this.#arrivals.run(id, () => this.#takeAll(id, arrived));
  }

  /**
   * Handles a delivery from one person that is no message. Messages before it must be open by then, above all where it ends their conversation, and
   * messages after it may be of the conversation that it opens.
   * @param work in the lane of the chat with that person
   */
  async takeBetween(name: Username, intake: Intake, work: () => Promise<void>): Promise<void> {
    if (!this.#hold(0, intake)) return;
    const id = directChat(name);
    this.#waiting.delete(id);
    try {
      await this.#arrivals.run(id, () => {
        if (!this.#context.direct.isWithStranger(id)) return this.#takeAtPace(id, id, work);
        return this.#strangers.run("", () => this.#takeAtPace(id, STRANGERS, work));
      });
    } finally {
      this.#heldBytes -= HELD_BYTES;
    }
  }

  /** Yields after a few pieces in one turn of the event loop, so that others have their turn in between. */
  async #giveWay(): Promise<void> {
    if (this.#inThisTurn === 0) void setImmediate().then(() => (this.#inThisTurn = 0));
    this.#inThisTurn += 1;
    if (this.#inThisTurn > PIECES_A_TURN) await setImmediate();
  }

  async #takeAtPace(id: ChatId, payer: Payer, work: () => Promise<void>): Promise<void> {
    await this.#pace.turn(payer);
    await this.#giveWay();
    await this.#context.lanes.run(id, () => this.#pace.spend(payer, work));
  }

  /** @returns whether there is room for it. Where there is none, the line goes: nothing is lost, and no server that means well does that */
  #hold(bytes: number, intake: Intake): boolean {
    if (this.#heldBytes >= MAX_HELD_BYTES) {
      intake.giveUp();
      return false;
    }
    this.#heldBytes += HELD_BYTES + bytes;
    return true;
  }

  #release(waiting: readonly Waiting[]): readonly Waiting[] {
    for (const { delivered } of waiting) this.#heldBytes -= HELD_BYTES + delivered.sealed.length;
    return waiting;
  }

  /** Takes a delivery other than a message, from a person of whom nothing is left here: they wait for an answer. */
  takeStray(delivered: Pick<Delivered, "conversation" | "confirm">): void {
    this.#strays.take(delivered);
  }

  lineGone(): void {
    this.#strays.lineGone();
  }

  /** @param arrived grows until all of it is taken, or something else has come */
  async #takeAll(id: ChatId, arrived: Waiting[]): Promise<void> {
    while (arrived.length > 0) {
      // Deliveries of a line that is gone come again, and are not worth a turn.
      if (await this.#pace.turn(id)) this.#release(takeOut(arrived, ({ intake }) => !intake.stands));
      await this.#context.lanes.run(id, () =>
        this.#pace.spend(id, () => this.#takeBatch(id, this.#release(arrived.splice(0, MAX_BATCH)))),
      );
    }
    if (this.#waiting.get(id) === arrived) this.#waiting.delete(id);
  }

  async #takeBatch(of: ChatId, arrived: readonly Waiting[]): Promise<void> {
    const batch = arrived.filter(({ intake }) => intake.counts);
    if (!this.#context.store.isOpen) return;
    const deliveries = batch.map(({ delivered }) => delivered);
    try {
      await this.#opener.openBatch(of, deliveries);
    } catch (error) {
      this.#context.log.error(`Messages stay unconfirmed: ${String(error)}`);
      for (const { intake } of batch) intake.failed(error);
    }
  }

  #chatOf(conversation: ConversationId): StoredChat | undefined {
    const { chats, conversations } = this.#context.store;
    const number = conversations.chatOf(conversation);
    if (number !== undefined) return chats.withNumber(number);
    // Its Welcome is in the lane, just before it.
    for (const chat of chats.all()) if (chat.group.pending === conversation) return chat;
    return undefined;
  }
}

/** @returns the entries that were in the list, and are no longer */
function takeOut<Item>(list: Item[], unwanted: (item: Item) => boolean): readonly Item[] {
  return list.splice(0, list.length, ...list.filter((item) => !unwanted(item))).filter(unwanted);
}
