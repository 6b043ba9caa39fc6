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
import type { ParleyError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId } from "../../protocol/names.ts";
import { ServerFaults } from "../account/server-faults.ts";
import { partnerOf } from "../chats/direct.ts";
import { knownKey } from "../contacts/contact.ts";
import { type Context, chatOf } from "../context.ts";
import type { ChatId } from "../model.ts";
import type { ChatNumber } from "../store/numbers.ts";
import type { OutboxEntry } from "../store/outbox.ts";
import { FlowControl } from "./flow-control.ts";
import { judge, type Outcome, RETRY_MS } from "./outcome.ts";

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
  readonly #flow: FlowControl;
  readonly #waiters = new Map<number, Waiter>();
  readonly #faults = new ServerFaults();

  constructor(context: Context) {
    this.#context = context;
    this.#flow = new FlowControl(context, (entry) => this.#send(entry));
    context.store.onOutcome((outcome) => {
      const added = context.store.outbox.takeAdded();
      if (outcome === "committed") for (const chat of added) this.wake(chat);
    });
  }

  /** Starts sending everything that waits, when the connection is up. */
  wakeAll(): void {
    this.#flow.wakeAll();
  }

  /** Begins anew with that chat's entries: older ones are to leave once more. */
  startOver(chat: ChatNumber): void {
    this.#flow.startOver(chat);
  }

  /** Starts sending that chat's entries, as happens after each transaction that adds some. */
  wake(chat: ChatNumber): void {
    this.#flow.wake(chat);
  }

  onVerdict(listener: VerdictListener): void {
    this.#listeners.push(listener);
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
    this.#flow.close();
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

  /** Takes an entry out, or keeps it where its receiver may not have it, or may lose it. Inside a transaction. @returns false where it was withdrawn */
  #settled(position: number, chat: ChatNumber, outcome: Outcome): boolean {
    const { outbox } = this.#context.store;
    if (outcome.type !== "arrived") return outbox.remove(position);
    return outcome.stored ? outbox.keep(chat, position) : outbox.keepForReceipt(position);
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
}
