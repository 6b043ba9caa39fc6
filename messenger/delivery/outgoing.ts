/** Seals outgoing messages. The next MLS state, the message and its ciphertext are stored in one transaction before a byte is sent. */
import { type Content, encodeContent } from "../../protocol/e2ee/content.ts";
import { MAX_RECEIPT_IDS } from "../../protocol/e2ee/kinds/receipt.ts";
import { TrustError, UsageError } from "../../protocol/errors.ts";
import { type MessageId, newMessageId } from "../../protocol/names.ts";
import { readProfile } from "../account/profile.ts";
import { membersOf } from "../chats/chat-id.ts";
import { NO_TIMER, nextTimer, type Timer } from "../chats/timer.ts";
import { type Context, chatOf } from "../context.ts";
import { isStorageError } from "../disk-error.ts";
import type { SelfUpdates } from "../groups/self-updates.ts";
import { type Body, type Change, isSendable, type Sendable } from "../kinds/body.ts";
import type { Results } from "../kinds/kind.ts";
import type { ChatId } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import type { Expiry } from "../store/expiries.ts";
import {
  isShownMessage,
  type Receipt,
  type ShownMessage,
  type StoredMessage,
} from "../store/stored-message.ts";
import { contentOf, sealAll } from "./sealing.ts";

/** Combines the receipts of a burst, and spares the "delivered" of a message that is read at once. */
const RECEIPT_DELAY_MS = 100;
/** After a failure to store them, for example on a full disk. */
const RECEIPT_RETRY_MS = 5_000;
/** Messages sealed per transaction. */
const BACKLOG_BATCH = 32;

export class Outgoing {
  readonly #context: Context;
  readonly #updates: SelfUpdates;
  readonly #receiptTimers = new Map<ChatId, NodeJS.Timeout>();

  constructor(context: Context, updates: SelfUpdates) {
    this.#context = context;
    this.#updates = updates;
  }

  /**
   * Sends a message. While a lost conversation is being replaced, stores it to be sealed in the next one.
   * @param id chosen by the caller, so that a call can be repeated: an existing message is returned as it is
   * @param also writes more in the transaction that adds the message. It gets the message's position
   * @throws UsageError "too-large", "wrong-state"; TrustError "identity-changed"
   */
  send(
    to: ChatId,
    body: Sendable,
    id: MessageId,
    replyTo?: MessageId,
    also: (position: number) => void = () => {},
  ): Promise<StoredMessage> {
    const at = Date.now();
    const { store, lanes, chats } = this.#context;
    return lanes.run(to, async () => {
      const chat = chatOf(store, to);
      const known = store.messages.find(chat.number, id);
      if (known !== undefined && chats.isMine(known)) return known;
      const message = {
        id,
        author: chats.self,
        at,
        body,
        state: "waiting",
        expiry: expiryOf(chat),
        replyTo,
      } as const;
      return this.#write(chat, id, contentOf(message, body), (now) => {
        const added = chats.append(now, message);
        also(added.message.position);
        return added;
      });
    });
  }

  /**
   * Changes a message. While a lost conversation is being replaced, stores the change to be sealed in the next one.
   * @param id of the change, chosen by the caller as in send()
   * @param make returns the change for the present state of the message; undefined if nothing has to change
   * @returns the message after the change
   * @throws UsageError "wrong-state" if the message does not exist, "too-large"; errors of `make`; TrustError "identity-changed"
   */
  change(
    to: ChatId,
    { target, id }: { readonly target: MessageId; readonly id: MessageId },
    make: (message: ShownMessage, results: Results<Body>) => Change | undefined,
  ): Promise<ShownMessage> {
    const at = Date.now();
    const { store, lanes, chats } = this.#context;
    const present = (chat: StoredChat): ShownMessage => {
      const message = store.messages.find(chat.number, target);
      if (message !== undefined && isShownMessage(message)) return message;
      throw new UsageError("wrong-state", "That message isn't there any more");
    };
    return lanes.run(to, async () => {
      const chat = chatOf(store, to);
      const message = present(chat);
      const known = store.messages.find(chat.number, id);
      if (known !== undefined && chats.isMine(known)) return message;
      const body = make(message, store.messages.resultsOf(message));
      if (body === undefined) return message;
      const change = { id, author: chats.self, at, body, state: "waiting", expiry: message.expiry } as const;
      await this.#write(chat, id, contentOf(change, body), (now) => ({
        chat: chats.amend(now, change),
        message,
      }));
      return present(chat);
    });
  }

  /** Stores an outgoing message or change, sealed if that is possible now. In the chat's lane. @param add adds it to the store */
  async #write<Added>(
    chat: StoredChat,
    id: MessageId,
    content: Content,
    add: (chat: StoredChat) => { readonly chat: StoredChat; readonly message: Added },
  ): Promise<Added> {
    const { store, chats } = this.#context;
    if (!this.#hasToWait(chat)) return this.#post(chat.id, id, content, (now) => add(now).message);
    encodeContent(content); // reports "too-large" now, not when it is sealed
    const written = store.transaction(() => {
      const added = add(chat);
      chats.change(added.chat, {}, { unsealed: true });
      return added.message;
    });
    await this.sendBacklog(chat.id);
    return written;
  }

  /**
   * Sends a failed message or change again with the same id. It is sealed again, since the conversation may be another one by now, and
   * in the same one the receivers may have deleted its old key.
   * @throws UsageError "wrong-state"; TrustError "identity-changed"
   */
  retry(to: ChatId, id: MessageId): Promise<void> {
    const { store, chats, lanes } = this.#context;
    return lanes.run(to, async () => {
      const chat = chatOf(store, to);
      const message = store.messages.find(chat.number, id);
      const body = message && store.messages.firstWritten(message);
      if (message?.state !== "failed" || body === undefined || !isSendable(body))
        throw new UsageError("wrong-state", "Only a message that failed can be sent again");
      const content = contentOf(message, body);
      const wait = (now: StoredChat) => {
        chats.updated(store.messages.setState(message, "waiting"));
        // It may be older than the conversation, whose loss has to find it.
        const { undeliveredFrom = message.position } = now.group;
        return chats.change(now, {}, { undeliveredFrom: Math.min(undeliveredFrom, message.position) });
      };
      if (!this.#hasToWait(chat)) {
        await this.#post(to, id, content, wait);
        return;
      }
      store.transaction(() => chats.change(wait(chat), {}, { unsealed: true }));
      await this.sendBacklog(to);
    });
  }

  /** Seals messages that were written or reset to waiting while no conversation was available, in their order. In the chat's lane. */
  async sendBacklog(of: ChatId): Promise<void> {
    const { store, conversations, chats } = this.#context;
    while (store.isOpen) {
      const { number, phase, group } = chatOf(store, of);
      if (phase !== "open" || group.lost || !group.unsealed || group.current === undefined) return;
      const batch = store.messages.unsealed(number, BACKLOG_BATCH);
      const conversation = conversations.get(group.current);
      if (conversation === undefined) return;
      const written = batch.map((message) => ({ message, body: store.messages.firstWritten(message) }));
      const { next, sealed, unsealable } = await sealAll(conversation, written);
      store.transaction(() => {
        conversations.put(number, next);
        for (const one of sealed) store.outbox.add(number, next.id, one);
        // An unchanged row would be found again endlessly.
        for (const { id, code } of unsealable) chats.fail(chatOf(store, of), id, code);
        if (batch.length < BACKLOG_BATCH) chats.change(chatOf(store, of), {}, { unsealed: undefined });
      });
    }
  }

  /** Seals messages that were left unsealed when the program ended. Called once the line is up. */
  sendBacklogs(): void {
    const { store, lanes, log } = this.#context;
    for (const { id, group } of store.chats.all())
      if (group.unsealed)
        lanes
          .run(id, () => this.sendBacklog(id))
          .catch((error: unknown) => log.error(`What waits was not sealed: ${String(error)}`));
  }

  /**
   * Sets the timer of a chat for everybody's new messages, in seconds; 0 means never. All members' chats show it.
   * @throws UsageError "wrong-state", "bad-argument"; TrustError "identity-changed"
   */
  setTimer(of: ChatId, seconds: number): Promise<void> {
    const { store, lanes } = this.#context;
    return lanes.run(of, async () => {
      const before = chatOf(store, of).timer ?? NO_TIMER;
      if (before.seconds !== seconds) await this.#postTimer(of, nextTimer(before, seconds));
    });
  }

  /** Sends the timer in a new conversation, so that a side that lost it with its history learns it. In the chat's lane. */
  async announceTimer(of: ChatId): Promise<void> {
    const { phase, group, timer } = chatOf(this.#context.store, of);
    if (phase === "open" && !group.lost && timer !== undefined) await this.#postTimer(of, timer);
  }

  /** Sends a changed profile in all open chats. While a lost conversation is being replaced, the next one begins with it. */
  announceProfileToAll(): void {
    const { store, lanes, log } = this.#context;
    for (const { id } of store.chats.all())
      lanes
        .run(id, () => this.announceProfile(id))
        .catch((error: unknown) => log.error(`A profile was not sent: ${String(error)}`));
  }

  /** Sends the user's profile, if there is one. In the chat's lane. */
  async announceProfile(of: ChatId): Promise<void> {
    const { store } = this.#context;
    if (!store.isOpen) return;
    const { phase, group } = chatOf(store, of);
    const profile = readProfile(store.settings);
    if (phase !== "open" || group.lost || profile.version === 0) return;
    await this.#post(of, newMessageId(), { kind: "profile", sentAt: Date.now(), ...profile }, () => {});
  }

  async #postTimer(of: ChatId, timer: Timer): Promise<void> {
    const { chats } = this.#context;
    const content = { kind: "timer", sentAt: Date.now(), ...timer } as const;
    await this.#post(of, newMessageId(), content, (chat) => chats.setTimer(chat, timer, chats.self));
  }

  /** Sends the receipts that are owed in the chat, soon. */
  receiptsDue(of: ChatId, delayMs = RECEIPT_DELAY_MS): void {
    if (this.#receiptTimers.has(of)) return;
    const timer = setTimeout(() => {
      this.#receiptTimers.delete(of);
      this.#context.lanes
        .run(of, () => this.#sendReceipts(of))
        .catch((error: unknown) => {
          this.#context.log.error(`Receipts were not sent: ${String(error)}`);
          if (this.#context.store.isOpen && isStorageError(error)) this.receiptsDue(of, RECEIPT_RETRY_MS);
        });
    }, delayMs);
    this.#receiptTimers.set(of, timer);
  }

  close(): void {
    for (const timer of this.#receiptTimers.values()) clearTimeout(timer);
    this.#receiptTimers.clear();
  }

  async #sendReceipts(of: ChatId): Promise<void> {
    for (const state of ["read", "delivered"] as const) while (await this.#sendReceipt(of, state));
  }

  /** Sends one receipt. While no conversation is open, receipts wait for the next one. @returns whether there may be more */
  async #sendReceipt(of: ChatId, state: Receipt): Promise<boolean> {
    const { store } = this.#context;
    if (!store.isOpen) return false;
    const { number, phase, group } = chatOf(store, of);
    if (phase !== "open" || group.lost) return false;
    const ids = store.received.owing(number, state, MAX_RECEIPT_IDS);
    if (ids.length === 0) return false;
    await this.#post(of, newMessageId(), { kind: "receipt", sentAt: Date.now(), state, ids }, () =>
      store.received.settleOwed(number, ids, state),
    );
    return ids.length === MAX_RECEIPT_IDS;
  }

  /** Seals the content and adds it to the outbox. In the chat's lane. @param also further writes of the same transaction */
  async #post<Result>(
    to: ChatId,
    id: MessageId,
    content: Content,
    also: (chat: StoredChat) => Result,
  ): Promise<Result> {
    const { store, contacts, conversations } = this.#context;
    const { phase, group } = chatOf(store, to);
    const [changed] = contacts.changed(membersOf(to));
    if (changed !== undefined)
      throw new TrustError(
        "identity-changed",
        `The key of ${changed} has changed, and nobody has decided about it`,
      );
    const current = phase === "open" && !group.lost ? group.current : undefined;
    const conversation = current === undefined ? undefined : conversations.get(current);
    if (conversation === undefined) throw new UsageError("wrong-state", `No conversation of ${to} is open`);
    const { next, bytes } = await conversation.seal(id, content);
    const chat = chatOf(store, to);
    const result = store.transaction(() => {
      conversations.put(chat.number, next);
      store.outbox.add(chat.number, next.id, { verb: "message", id, sealed: bytes });
      return also(chat);
    });
    this.#updates.lookAt(to);
    return result;
  }

  /** @returns whether a message cannot be sealed now, or not before others */
  #hasToWait({ id, phase, group }: StoredChat): boolean {
    const changed = this.#context.contacts.changed(membersOf(id)).length > 0;
    return phase === "open" && !changed && Boolean(group.lost || group.unsealed);
  }
}

/** @returns the expiry of new messages in the chat. Their timer starts when they are sent. */
function expiryOf({ timer }: StoredChat): Expiry | undefined {
  const seconds = timer?.seconds ?? 0;
  return seconds === 0 ? undefined : { seconds };
}
