/** Seals outgoing messages: next MLS state, message and ciphertext are on disk, together, before a byte goes out. */
import { type Content, encodeContent } from "../../protocol/e2ee/content.ts";
import type { Conversation } from "../../protocol/e2ee/conversation.ts";
import { MAX_RECEIPT_IDS } from "../../protocol/e2ee/kinds/receipt.ts";
import { TrustError, UsageError } from "../../protocol/errors.ts";
import { type MessageId, newMessageId, type Username } from "../../protocol/names.ts";
import { NO_TIMER, nextTimer, type Timer } from "../chats/timer.ts";
import { type Context, peerOf } from "../context.ts";
import { isStorageError } from "../disk-error.ts";
import type { SelfUpdates } from "../groups/self-updates.ts";
import { type Change, isSendable, type Sendable, targetOf } from "../kinds/body.ts";
import type { Expiry } from "../store/expiries.ts";
import type { Owed, StoredMessage } from "../store/messages.ts";
import type { Outgoing as OutboxItem } from "../store/outbox.ts";
import type { Peer } from "../store/peers.ts";
import type { Delivery } from "./delivery.ts";

/** Receipts of a burst go as one, and a message read at once needs no "delivered" before its "read". */
const RECEIPT_DELAY_MS = 100;
/** When they could not be kept: the disk is full, say. */
const RECEIPT_RETRY_MS = 5_000;
/** Messages sealed for one transaction. */
const BACKLOG_BATCH = 32;

export class Outgoing {
  readonly #context: Context;
  readonly #delivery: Delivery;
  readonly #updates: SelfUpdates;
  readonly #receiptTimers = new Map<number, NodeJS.Timeout>();

  constructor(context: Context, delivery: Delivery, updates: SelfUpdates) {
    this.#context = context;
    this.#delivery = delivery;
    this.#updates = updates;
  }

  /**
   * Sends a message. While a lost conversation is being replaced, stores it to be sealed for the next.
   * @param id chosen by the caller, so that it may ask again when it does not know whether it was heard: a message
   * that is here already is given back as it is
   * @throws UsageError "too-large", "wrong-state"; TrustError "identity-changed"
   */
  send(name: Username, body: Sendable | Change, id: MessageId): Promise<StoredMessage> {
    const at = Date.now();
    const { store, lanes, chats } = this.#context;
    return lanes.run(name, async () => {
      const peer = peerOf(store, name);
      const known = store.messages.find(peer.id, id);
      if (known?.origin === "mine") return known;
      const target = targetOf(body);
      const expiry = target === undefined ? expiryOf(peer) : store.messages.find(peer.id, target)?.expiry;
      const message = { id, origin: "mine", at, body, state: "waiting", expiry } as const;
      const content = contentOf(body, at, expiry);
      if (!hasToWait(peer)) return this.#post(name, id, content, (now) => chats.add(now, message).message);
      encodeContent(content); // too large is told now, and not when it is sealed
      const written = store.transaction(() => {
        const added = chats.add(peer, message);
        chats.change(added.peer, { unsealed: true });
        return added.message;
      });
      await this.sendBacklog(name);
      return written;
    });
  }

  /**
   * Sends a failed message again, under its id. It is sealed anew, since the conversation may be another by now, and
   * in the same one its old key may be too far back for the peer.
   * @throws UsageError "wrong-state"; TrustError "identity-changed"
   */
  retry(name: Username, id: MessageId): Promise<void> {
    const { store, chats, lanes } = this.#context;
    return lanes.run(name, async () => {
      const peer = peerOf(store, name);
      const message = store.messages.find(peer.id, id);
      if (message?.state !== "failed" || !isSendable(message.body))
        throw new UsageError("wrong-state", "Only a message that failed can be sent again");
      const content = contentOf(message.body, message.at, message.expiry);
      const wait = () => chats.updated(store.messages.setState(message, "waiting"));
      if (!hasToWait(peer)) {
        await this.#post(name, id, content, wait);
        return;
      }
      store.transaction(() => {
        wait();
        chats.change(peer, { unsealed: true });
      });
      await this.sendBacklog(name);
    });
  }

  /** Seals messages that were written or withdrawn while there was no conversation to seal them for, in their order. In the person's lane. */
  async sendBacklog(name: Username): Promise<void> {
    const { store, conversations, chats } = this.#context;
    while (store.isOpen) {
      const { id: peerId, chat } = peerOf(store, name);
      if (chat.phase !== "open" || chat.lost || !chat.unsealed || chat.current === undefined) return;
      const batch = store.messages.unsealed(peerId, BACKLOG_BATCH);
      const conversation = conversations.get(chat.current);
      if (conversation === undefined) return;
      const { next, sealed, unsealable } = await sealAll(conversation, batch);
      store.transaction(() => {
        conversations.put(peerId, next);
        for (const one of sealed) store.outbox.add(peerId, next.id, one);
        // A row that did not change would be found again, without end.
        for (const { id, code } of unsealable) chats.fail(peerOf(store, name), id, code);
        if (batch.length < BACKLOG_BATCH) chats.change(peerOf(store, name), { unsealed: undefined });
      });
      this.#delivery.wake(peerId);
    }
  }

  /** Seals messages that a program that ended too early left unsealed, once the line is up. */
  sendBacklogs(): void {
    const { store, lanes, log } = this.#context;
    for (const { name, chat } of store.peers.all())
      if (chat.unsealed)
        lanes
          .run(name, () => this.sendBacklog(name))
          .catch((error: unknown) => log.error(`What waits was not sealed: ${String(error)}`));
  }

  /**
   * Makes messages of both disappear after so many seconds from now on; 0: they stay. Both chats say so.
   * @throws UsageError "wrong-state", "bad-argument"; TrustError "identity-changed"
   */
  setTimer(name: Username, seconds: number): Promise<void> {
    const { store, lanes } = this.#context;
    return lanes.run(name, async () => {
      const before = peerOf(store, name).chat.timer ?? NO_TIMER;
      if (before.seconds !== seconds) await this.#postTimer(name, nextTimer(before, seconds));
    });
  }

  /** Sends the timer in a new conversation, so that a side that lost it with its history learns it. In the person's lane. */
  async announceTimer(name: Username): Promise<void> {
    const { phase, lost, timer } = peerOf(this.#context.store, name).chat;
    if (phase === "open" && !lost && timer !== undefined) await this.#postTimer(name, timer);
  }

  async #postTimer(name: Username, timer: Timer): Promise<void> {
    const content = { kind: "timer", sentAt: Date.now(), ...timer } as const;
    await this.#post(name, newMessageId(), content, (peer) =>
      this.#context.chats.setTimer(peer, timer, "me"),
    );
  }

  /** Receipts are owed to that person: they go soon. */
  receiptsDue(peer: Peer, delayMs = RECEIPT_DELAY_MS): void {
    if (this.#receiptTimers.has(peer.id)) return;
    const timer = setTimeout(() => {
      this.#receiptTimers.delete(peer.id);
      this.#context.lanes
        .run(peer.name, () => this.#sendReceipts(peer.name))
        .catch((error: unknown) => {
          this.#context.log.error(`Receipts were not sent: ${String(error)}`);
          if (this.#context.store.isOpen && isStorageError(error)) this.receiptsDue(peer, RECEIPT_RETRY_MS);
        });
    }, delayMs);
    this.#receiptTimers.set(peer.id, timer);
  }

  close(): void {
    for (const timer of this.#receiptTimers.values()) clearTimeout(timer);
    this.#receiptTimers.clear();
  }

  async #sendReceipts(name: Username): Promise<void> {
    for (const state of ["read", "delivered"] as const) while (await this.#sendReceipt(name, state));
  }

  /** @returns whether there may be more. Receipts owed while no conversation is open wait for the next. */
  async #sendReceipt(name: Username, state: Owed): Promise<boolean> {
    const { store } = this.#context;
    if (!store.isOpen) return false;
    const peer = peerOf(store, name);
    if (peer.chat.phase !== "open" || peer.chat.lost) return false;
    const ids = store.messages.owing(peer.id, state, MAX_RECEIPT_IDS);
    if (ids.length === 0) return false;
    await this.#post(name, newMessageId(), { kind: "receipt", sentAt: Date.now(), state, ids }, () =>
      store.messages.settleOwed(peer.id, ids, state),
    );
    return ids.length === MAX_RECEIPT_IDS;
  }

  /** Seals the content and puts it into the outbox. In the person's lane. @param also further writes of the same transaction */
  async #post<Result>(
    name: Username,
    id: MessageId,
    content: Content,
    also: (peer: Peer) => Result,
  ): Promise<Result> {
    const { store, conversations } = this.#context;
    const { chat, contact } = peerOf(store, name);
    if (contact.changedTo !== undefined)
      throw new TrustError(
        "identity-changed",
        `The key of ${name} has changed, and nobody has decided about it`,
      );
    const current = chat.phase === "open" && !chat.lost ? chat.current : undefined;
    const conversation = current === undefined ? undefined : conversations.get(current);
    if (conversation === undefined)
      throw new UsageError("wrong-state", `No conversation with ${name} is open`);
    const { next, bytes } = await conversation.seal(id, content);
    const peer = peerOf(store, name);
    const result = store.transaction(() => {
      conversations.put(peer.id, next);
      store.outbox.add(peer.id, next.id, { verb: "message", id, sealed: bytes });
      return also(peer);
    });
    this.#delivery.wake(peer.id);
    this.#updates.lookAt(name);
    return result;
  }
}

/** @returns whether a message cannot be sealed now, or not before others that wait */
function hasToWait({ chat, contact }: Peer): boolean {
  return chat.phase === "open" && contact.changedTo === undefined && Boolean(chat.lost || chat.unsealed);
}

/** @returns how long messages to that person stay now; their time counts once they have left */
function expiryOf({ chat }: Peer): Expiry | undefined {
  const seconds = chat.timer?.seconds ?? 0;
  return seconds === 0 ? undefined : { seconds };
}

function contentOf(body: Sendable | Change, sentAt: number, expiry: Expiry | undefined): Content {
  return { sentAt, ...(expiry !== undefined && { expirySeconds: expiry.seconds }), ...body };
}

interface SealedBacklog {
  readonly next: Conversation;
  readonly sealed: readonly OutboxItem[];
  /** Those that no seal will ever hold, and why: a ParleyError code. */
  readonly unsealable: readonly { readonly id: MessageId; readonly code: string }[];
}

/** Seals the messages, each of which is in one of the two lists. @throws TrustError "identity-changed" */
async function sealAll(
  conversation: Conversation,
  messages: readonly StoredMessage[],
): Promise<SealedBacklog> {
  let next = conversation;
  const sealed: OutboxItem[] = [];
  const unsealable: { id: MessageId; code: string }[] = [];
  for (const message of messages) {
    const { id, body, at, expiry } = message;
    if (!isSendable(body)) {
      unsealable.push({ id, code: "bad-content" });
      continue;
    }
    try {
      const step = await next.seal(id, contentOf(body, at, expiry));
      next = step.next;
      sealed.push({ verb: "message", id, sealed: step.bytes });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      unsealable.push({ id, code: error.code });
    }
  }
  return { next, sealed, unsealable };
}
