/**
 * Decides about delivery. Everything that must leave is in the outbox, in order, written where it was decided; from there
 * it goes to the server, and the answer is written down:
 *
 *     waiting ──▶ (sending) ──▶ sent ──▶ delivered ──▶ read        by ACK, then by end-to-end receipts
 *        ▲            │
 *        │            ├── no answer: the line went ──▶ stays, and goes again with the same id
 *        └── retry ── failed ◀── the server said no
 *
 * Nothing is taken out of the outbox without an answer, so a crash at any point sends again rather than loses; the
 * receiver recognizes messages that it has by their ids. Self-updates of keys go the same way, in between.
 */
import { type ParleyError, type RefusalCode, RefusedError, UsageError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId } from "../../protocol/names.ts";
import { ServerFaults } from "../account/server-faults.ts";
import { partnerOf } from "../chats/direct.ts";
import { knownKey } from "../contacts/contact.ts";
import { type Context, chatOf } from "../context.ts";
import type { ChatId } from "../model.ts";
import type { ChatNumber } from "../store/numbers.ts";
import type { OutboxEntry } from "../store/outbox.ts";

/** Messages of one chat on their way at once. Far below the gap that a receiver's MLS state bridges when one is refused. */
const WINDOW = 8;
/** When an answer did not come though the connection is up. */
const RETRY_MS = 2_000;

/** The outcome of an attempt to send. */
export type Outcome =
  /** `stored`: the receiver does not have it yet, the server keeps it. */
  | { readonly type: "arrived"; readonly stored: boolean }
  | { readonly type: "refused"; readonly error: RefusedError | UsageError }
  | { readonly type: "later"; readonly afterMs: number };

/** These answer the connection, not the request that was waiting on it. */
const OF_THE_CONNECTION: ReadonlySet<RefusedError["code"]> = new Set<RefusalCode>([
  "superseded",
  "auth-refused",
  "bad-message",
]);

/** @param error the client verb's rejection */
export function judge(error: unknown): Outcome {
  if (error instanceof RefusedError) {
    if (error.code === "rate-limited" || error.code === "busy")
      return { type: "later", afterMs: error.retryAfterMs ?? RETRY_MS };
    return OF_THE_CONNECTION.has(error.code)
      ? { type: "later", afterMs: RETRY_MS }
      : { type: "refused", error };
  }
  if (error instanceof UsageError && error.code !== "not-connected" && error.code !== "closed")
    return { type: "refused", error };
  return { type: "later", afterMs: RETRY_MS };
}

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

/** A refusal that has a consequence beyond its entry. */
export type Verdict =
  /** Another commit came first. Reported in the chat's lane, inside the transaction that removes the entry. */
  | { readonly type: "commit-stale"; readonly commit: MessageId }
  /** Reported once the entry is gone from the disk. */
  | { readonly type: "request-refused"; readonly error: ParleyError };

/** Called with each verdict. It reacts by entries in the outbox alone, so that data flows one way. */
export type VerdictListener = (chat: ChatId, conversation: ConversationId, verdict: Verdict) => void;

interface Waiter {
  resolve(): void;
  reject(error: ParleyError): void;
}

export class Delivery {
  readonly #context: Context;
  readonly #listeners: VerdictListener[] = [];
  readonly #flows = new Map<ChatNumber, Flow>();
  readonly #waiters = new Map<number, Waiter>();
  readonly #faults = new ServerFaults();

  constructor(context: Context) {
    this.#context = context;
    context.store.onOutcome((outcome) => {
      const added = context.store.outbox.takeAdded();
      if (outcome === "committed") for (const chat of added) this.wake(chat);
    });
  }

  onVerdict(listener: VerdictListener): void {
    this.#listeners.push(listener);
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

  /**
   * @param position of an outbox entry
   * @returns resolves once the server has taken it, or when it has to wait: the connection is down, or the disk is full
   * @throws RefusedError
   */
  answer(position: number): Promise<void> {
    if (this.#context.server.line === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.set(position, { resolve, reject }));
  }

  /** Tells callers waiting for an answer that it may take a while: the line is gone. */
  lineGone(): void {
    for (const { resolve } of this.#waiters.values()) resolve();
    this.#waiters.clear();
  }

  close(): void {
    for (const { timer } of this.#flows.values()) clearTimeout(timer);
    this.#flows.clear();
    this.lineGone();
  }

  async #send(entry: OutboxEntry): Promise<Outcome> {
    const { outgoing } = entry;
    if (outgoing.verb === "message") this.#show(entry, true);
    const outcome = this.#forUnseen(entry, await this.#transmit(entry));
    if (!this.#context.store.isOpen) return outcome;
    if (outgoing.verb === "message") this.#context.chats.inFlight.delete(outgoing.id);
    try {
      if (outgoing.verb === "commit") await this.#settleCommit(entry, outgoing.id, outcome);
      else this.#settle(entry, outcome);
      return outcome;
    } catch (error) {
      // A full disk, say. The entry stays, and its receiver recognises a repetition.
      this.#context.log.error(`An answer could not be written down: ${String(error)}`);
      this.#takeWaiter(entry.position)?.resolve();
      return { type: "later", afterMs: RETRY_MS };
    }
  }

  /**
   * Turns a refusal that passes into a later try. "internal" is a fault of the server's own, such as a full disk; "unknown" may be
   * one; "mailbox-full" passes once the other one has collected their mail. A message that
   * the user sees fail can be sent again by the user, and new keys go when they are next due. Receipts, and all that opens
   * or ends a conversation, have nobody to send them again: they wait until the server can take them.
   */
  #forUnseen({ position, chat, outgoing }: OutboxEntry, outcome: Outcome): Outcome {
    const code = outcome.type === "refused" ? outcome.error.code : undefined;
    if (code !== "internal" && code !== "unknown" && code !== "mailbox-full") {
      if (outcome.type !== "later") this.#faults.over(position);
      return outcome;
    }
    const { store, log } = this.#context;
    if (!store.isOpen || outgoing.verb === "commit") return outcome;
    if (outgoing.verb === "message" && store.messages.find(chat, outgoing.id) !== undefined) return outcome;
    const afterMs = this.#faults.pauseAfter(position, performance.now(), code);
    if (afterMs === undefined) return outcome;
    log.info(`The server cannot take ${outgoing.verb} now: ${code}`);
    return { type: "later", afterMs };
  }

  async #transmit({ chat: number, conversation, outgoing }: OutboxEntry): Promise<Outcome> {
    const { store, contacts, server } = this.#context;
    const chat = store.chats.withNumber(number);
    if (chat === undefined) return { type: "arrived", stored: false };
    const to = partnerOf(chat.id);
    try {
      const answer = await server.deliver({ to, conversation, ...knownKey(contacts.get(to)) }, outgoing);
      return { type: "arrived", stored: answer === "stored" };
    } catch (error) {
      return judge(error);
    }
  }

  /**
   * Settles a commit, in the lane, where nothing else changes the conversation meanwhile. A refused commit stays with the
   * conversation: if another came first, that one is on its way and replaces it; else it is sent again when keys are next due.
   */
  async #settleCommit(
    { position, chat: number, conversation }: OutboxEntry,
    id: MessageId,
    outcome: Outcome,
  ): Promise<void> {
    const { store, conversations, direct, lanes, log } = this.#context;
    const chat = store.chats.withNumber(number);
    if (outcome.type === "later" || chat === undefined) return;
    await lanes.run(chat.id, () => {
      if (!store.isOpen) return;
      store.transaction(() => {
        if (!this.#settled(position, number, outcome)) return;
        if (outcome.type === "arrived") conversations.commitCounts(number, conversation, id);
        else if (outcome.error.code === "no-conversation")
          direct.lose(chatOf(store, chat.id), { type: "failed", conversation });
        else if (outcome.error.code === "epoch-stale")
          this.#tell(chat.id, conversation, { type: "commit-stale", commit: id });
      });
    });
    if (outcome.type === "refused") log.info(`The server refused new keys: ${outcome.error.code}`);
  }

  /** Stores the outcome of an attempt. */
  #settle(entry: OutboxEntry, outcome: Outcome): void {
    const { store, chats, direct, log } = this.#context;
    const { position, chat: number, conversation, outgoing } = entry;
    if (outcome.type === "later") {
      if (outgoing.verb === "message") this.#show(entry, false);
      this.#takeWaiter(position)?.resolve();
      return;
    }
    store.transaction(() => {
      // The entry was withdrawn to be sent in another conversation: this outcome says nothing about that.
      const kept = outgoing.verb === "message" || outgoing.verb === "establish";
      if (!(kept ? this.#settled(position, number, outcome) : store.outbox.remove(position))) return;
      const chat = store.chats.withNumber(number);
      if (chat === undefined) return;
      if (outcome.type === "arrived") {
        if (outgoing.verb === "message") chats.noteSent(chat, outgoing.id);
        if (outgoing.verb === "request") chats.noteGoesAgain(chat);
        return;
      }
      const gone = outcome.error.code === "no-conversation";
      const open = chat.phase === "open" && chat.group.current === conversation;
      // Where the chat is open, it waits for the next conversation.
      if (outgoing.verb === "message" && !(gone && open)) {
        // Sent once before, and now neither in the mailbox nor taken into it.
        const wasStored = store.messages.find(number, outgoing.id)?.state === "sent";
        chats.fail(chat, outgoing.id, outcome.error.code, wasStored ? "dropped" : "refused");
      }
      const agreeing = outgoing.verb === "accept" || outgoing.verb === "establish";
      if (agreeing || gone) direct.lose(chat, { type: "failed", conversation });
    });
    const of = store.chats.withNumber(number);
    if (outcome.type === "refused" && outgoing.verb === "request" && of !== undefined)
      this.#tell(of.id, conversation, { type: "request-refused", error: outcome.error });
    const waiter = this.#takeWaiter(position);
    if (outcome.type === "arrived") waiter?.resolve();
    else {
      log.info(`The server refused ${outgoing.verb}: ${outcome.error.code}`);
      waiter?.reject(outcome.error);
    }
  }

  /** Takes an entry out, or keeps it where the server has only stored it. Inside a transaction. @returns false where it was withdrawn */
  #settled(position: number, chat: ChatNumber, outcome: Outcome): boolean {
    const { outbox } = this.#context.store;
    return outcome.type === "arrived" && outcome.stored
      ? outbox.keep(chat, position)
      : outbox.remove(position);
  }

  /** Takes the caller that waits for that entry's answer off the list. @returns undefined where none waits */
  #takeWaiter(position: number): Waiter | undefined {
    const waiter = this.#waiters.get(position);
    this.#waiters.delete(position);
    return waiter;
  }

  #tell(chat: ChatId, conversation: ConversationId, verdict: Verdict): void {
    for (const listener of this.#listeners) listener(chat, conversation, verdict);
  }

  /** Emits that a message is, or is no longer, on its way. */
  #show({ chat, outgoing }: OutboxEntry, flying: boolean): void {
    const { store, chats } = this.#context;
    if (outgoing.verb !== "message") return;
    if (flying) chats.inFlight.add(outgoing.id);
    else chats.inFlight.delete(outgoing.id);
    const message = store.messages.find(chat, outgoing.id);
    if (message?.state === "waiting") chats.updated(message);
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
