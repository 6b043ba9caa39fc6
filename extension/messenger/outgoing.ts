/** Seals what leaves: next MLS state, message and ciphertext are on disk, together, before a byte goes out. */
import type { Content } from "../../protocol/e2ee/content.ts";
import { TrustError, UsageError } from "../../protocol/errors.ts";
import { MAX_PLAINTEXT_BYTES, MAX_RECEIPT_IDS } from "../../protocol/limits.ts";
import { type MessageId, newMessageId, type Username } from "../../protocol/names.ts";
import { type Context, peerOf } from "./context.ts";
import type { Delivery } from "./delivery.ts";
import type { SelfUpdates } from "./self-updates.ts";
import { isStorageError } from "./store/database.ts";
import type { Expiry } from "./store/expiries.ts";
import type { Owed, StoredMessage } from "./store/messages.ts";
import type { Peer } from "./store/peers.ts";
import { NO_TIMER, nextTimer, type Timer } from "./timer.ts";

/** Receipts of a burst go as one, and a message read at once needs no "delivered" before its "read". */
const RECEIPT_DELAY_MS = 100;
/** When they could not be kept: the disk is full, say. */
const RECEIPT_RETRY_MS = 5_000;

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
   * @param id chosen by the caller, so that it may ask again when it does not know whether it was heard: a message
   * that is here already is given back as it is
   * @throws UsageError "too-large", "wrong-state"; TrustError "identity-changed"
   */
  send(name: Username, text: string, id: MessageId): Promise<StoredMessage> {
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_PLAINTEXT_BYTES)
      return Promise.reject(
        new UsageError("too-large", `A message has at most ${MAX_PLAINTEXT_BYTES} bytes, not ${bytes}`),
      );
    const at = Date.now();
    const { store, lanes, chats } = this.#context;
    return lanes.run(name, () => {
      const known = store.messages.find(peerOf(store, name).id, id);
      if (known?.origin === "mine") return known;
      const expiry = expiryOf(peerOf(store, name));
      return this.#post(name, id, textContent(text, at, expiry), (peer) => {
        const body = { kind: "text", text } as const;
        const message = { id, origin: "mine", at, body, state: "waiting", expiry } as const;
        return chats.add(peer, message).message;
      });
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
      const message = store.messages.find(peerOf(store, name).id, id);
      if (message?.state !== "failed" || message.body.kind !== "text")
        throw new UsageError("wrong-state", "Only a message that failed can be sent again");
      const content = textContent(message.body.text, message.at, message.expiry);
      await this.#post(name, id, content, () => chats.updated(store.messages.setState(message, "waiting")));
    });
  }

  /**
   * From now on what both write disappears after so many seconds; 0: it stays. Both chats say so.
   * @throws UsageError "wrong-state", "bad-argument"; TrustError "identity-changed"
   */
  setTimer(name: Username, seconds: number): Promise<void> {
    const { store, lanes } = this.#context;
    return lanes.run(name, async () => {
      const before = peerOf(store, name).chat.timer ?? NO_TIMER;
      if (before.seconds !== seconds) await this.#postTimer(name, nextTimer(before, seconds));
    });
  }

  /** A conversation has opened: a side that lost the timer, with its history, learns it. In the person's lane. */
  async announceTimer(name: Username): Promise<void> {
    const { phase, timer } = peerOf(this.#context.store, name).chat;
    if (phase === "open" && timer !== undefined) await this.#postTimer(name, timer);
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

  /** @returns whether there may be more. What is owed while no conversation is open waits for the next. */
  async #sendReceipt(name: Username, state: Owed): Promise<boolean> {
    const { store } = this.#context;
    if (!store.isOpen) return false;
    const peer = peerOf(store, name);
    if (peer.chat.phase !== "open") return false;
    const ids = store.messages.owing(peer.id, state, MAX_RECEIPT_IDS);
    if (ids.length === 0) return false;
    await this.#post(name, newMessageId(), { kind: "receipt", sentAt: Date.now(), state, ids }, () =>
      store.messages.settleOwed(peer.id, ids, state),
    );
    return ids.length === MAX_RECEIPT_IDS;
  }

  /** In the person's lane. @param also what belongs into the same transaction */
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
    const conversation =
      chat.phase === "open" && chat.current !== undefined ? conversations.get(chat.current) : undefined;
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

/** @returns how long what is written to that person now stays; its time counts once it has left */
function expiryOf({ chat }: Peer): Expiry | undefined {
  const seconds = chat.timer?.seconds ?? 0;
  return seconds === 0 ? undefined : { seconds };
}

function textContent(text: string, sentAt: number, expiry: Expiry | undefined): Content {
  const content = { kind: "text", sentAt, text } as const;
  return expiry === undefined ? content : { ...content, expirySeconds: expiry.seconds };
}
