/**
 * Decides when the entries of the outbox leave: those of one chat in their order, some of them at once, and none before the
 * pause is over that an answer asked for.
 */
import type { Context } from "../context.ts";
import type { ChatNumber } from "../store/numbers.ts";
import type { OutboxEntry } from "../store/outbox.ts";
import { type Outcome, RETRY_MS } from "./outcome.ts";

/** Messages of one chat on their way at once. Far below the gap that a receiver's MLS state bridges when one is refused. */
const WINDOW = 8;

/** One chat's part of the outbox on its way. */
interface Flow {
  /** Up to here everything is on its way or answered. */
  cursor: number;
  flying: number;
  /** Steps that open, close or refuse a conversation travel alone: the next one depends on their answer. */
  alone: boolean;
  /** After an attempt that ended in "later", nothing more leaves until those under way are answered and the wait is over. */
  halted: boolean;
  /** The entry that has to wait. Taken back, it holds up nothing more. */
  waiting: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

export class FlowControl {
  readonly #context: Context;
  readonly #send: (entry: OutboxEntry) => Promise<Outcome>;
  readonly #flows = new Map<ChatNumber, Flow>();

  /** @param send sends one entry, and stores the outcome. Never rejects */
  constructor(context: Context, send: (entry: OutboxEntry) => Promise<Outcome>) {
    this.#context = context;
    this.#send = send;
  }

  /** Starts sending everything that waits, when the connection is up. */
  wakeAll(): void {
    for (const chat of this.#context.store.outbox.chats()) {
      const flow = this.#flow(chat);
      if (flow.timer !== undefined) this.#resume(chat, flow);
      else this.wake(chat);
    }
  }

  /** Begins anew with that chat's entries: older ones are to leave once more. */
  startOver(chat: ChatNumber): void {
    this.#resume(chat, this.#flow(chat));
  }

  /** Starts sending that chat's entries, as happens after each transaction that adds some. */
  wake(chat: ChatNumber): void {
    const flow = this.#flow(chat);
    if (flow.halted && flow.flying === 0 && !this.#stillWaits(chat, flow)) {
      this.#resume(chat, flow);
      return;
    }
    for (;;) {
      if (this.#context.server.line === undefined || flow.halted || flow.alone || flow.flying >= WINDOW)
        return;
      const entry = this.#context.store.outbox.after(chat, flow.cursor);
      if (entry === undefined) return;
      const alone = entry.outgoing.verb !== "message" && entry.outgoing.verb !== "commit";
      if (alone && flow.flying > 0) return;
      flow.cursor = entry.position;
      flow.alone = alone;
      flow.flying++;
      void this.#send(entry).then((outcome) => this.#landed(entry, flow, outcome));
    }
  }

  close(): void {
    for (const { timer } of this.#flows.values()) clearTimeout(timer);
    this.#flows.clear();
  }

  #landed({ chat, position }: OutboxEntry, flow: Flow, outcome: Outcome): void {
    flow.flying--;
    flow.alone = false;
    if (!this.#context.store.isOpen || this.#flows.get(chat) !== flow) return;
    if (outcome.type === "later" && !flow.halted) {
      flow.halted = true;
      flow.waiting = position;
      flow.timer = setTimeout(() => this.#resume(chat, flow), outcome.afterMs);
    }
    this.wake(chat);
  }

  #stillWaits(chat: ChatNumber, { waiting = 0 }: Flow): boolean {
    return this.#context.store.outbox.after(chat, waiting - 1)?.position === waiting;
  }

  /** Begins again at the oldest entry that has no answer, once nothing older is still under way. */
  #resume(chat: ChatNumber, flow: Flow): void {
    clearTimeout(flow.timer);
    flow.timer = undefined;
    if (flow.flying > 0) {
      flow.timer = setTimeout(() => this.#resume(chat, flow), RETRY_MS);
      return;
    }
    flow.halted = false;
    flow.waiting = undefined;
    flow.cursor = 0;
    this.wake(chat);
  }

  #flow(chat: ChatNumber): Flow {
    const known = this.#flows.get(chat);
    if (known !== undefined) return known;
    const flow: Flow = {
      cursor: 0,
      flying: 0,
      alone: false,
      halted: false,
      waiting: undefined,
      timer: undefined,
    };
    this.#flows.set(chat, flow);
    return flow;
  }
}
