/** Changes chats and their messages in the store, within the caller's transaction, and emits the events of it once it is on disk. */
import { type MessageId, newMessageId, type Username } from "../../protocol/names.ts";
import type { MessengerEmitter } from "../events.ts";
import { type Body, type Change, isChange, shownKind } from "../kinds/body.ts";
import { type EventBody, eventBody } from "../kinds/event.ts";
import type { ChatMessage } from "../model.ts";
import type { News } from "../news.ts";
import type { ChatRecord, StoredChat } from "../store/chats.ts";
import type { Expiry, MessagePlace } from "../store/expiries.ts";
import type { GroupRecord } from "../store/groups.ts";
import type { Store } from "../store/store.ts";
import {
  isShownMessage,
  type Receipt,
  type ShownMessage,
  type StoredMessage,
} from "../store/stored-message.ts";
import { isMine } from "./author.ts";
import { applyChange, settleChanges, withChanges } from "./changes.ts";
import { membersOf } from "./chat-id.ts";
import { advance, laterReceipt, reached } from "./message-state.ts";
import { laterTimer, NO_TIMER, type Timer } from "./timer.ts";

/** A message before it has a place in the history. */
type NewMessage<Data extends Body | Change = Body | Change> = Omit<
  StoredMessage<Data>,
  "position" | "chat" | "storedAt" | "latest" | "receivers"
>;

export class Chats {
  /** Messages handed to the server that has not answered yet. A fact of this moment only, hence not on disk. */
  readonly inFlight = new Set<MessageId>();
  readonly #store: Store;
  readonly #news: News;
  readonly #emitter: MessengerEmitter;
  readonly #self: () => Username;

  /** @param self returns the account's name, or throws where there is no account */
  constructor(emitter: MessengerEmitter, store: Store, news: News, self: () => Username) {
    this.#emitter = emitter;
    this.#store = store;
    this.#news = news;
    this.#self = self;
  }

  /** Returns the account's name, the author of the user's own messages. @throws UsageError "wrong-state" where there is no account */
  get self(): Username {
    return this.#self();
  }

  isMine(message: Pick<StoredMessage, "author">): boolean {
    return isMine(message, this.self);
  }

  /** Changes a chat, and its group. Inside a transaction. @returns the chat as it is now */
  change(chat: StoredChat, changes: Partial<ChatRecord>, group?: Partial<GroupRecord>): StoredChat {
    this.#news.whenTrue(() => this.#news.changed());
    const next = group === undefined ? chat.group : { ...chat.group, ...group };
    return this.#store.chats.put({ ...chat, ...changes, group: next });
  }

  /**
   * Puts all messages of this conversation without a receipt back to waiting, since it is unknown which have arrived; they can be sealed
   * anew under its id. Inside a transaction.
   */
  takeBack(chat: StoredChat): StoredChat {
    const { outbox, messages } = this.#store;
    for (const { position, outgoing } of outbox.all(chat.number))
      if (outgoing.verb === "message" || outgoing.verb === "commit") outbox.remove(position);
    outbox.dropAllKept(chat.number);
    const from = chat.group.undeliveredFrom ?? Number.MAX_SAFE_INTEGER;
    const undelivered = messages.undelivered(chat.number, from);
    for (const message of undelivered)
      if (message.state !== "waiting") this.updated(messages.setState(message, "waiting"));
    return undelivered.length === 0 ? chat : this.change(chat, {}, { unsealed: true });
  }

  /** Marks one of mine as failed, for now. Inside a transaction. @param code a ParleyError code */
  fail(chat: StoredChat, id: MessageId, code: string, fact: "refused" | "dropped" = "refused"): void {
    const message = this.#store.messages.find(chat.number, id);
    if (message?.state === undefined) return; // a receipt
    this.#store.outbox.dropKept(chat.number, id);
    const state = advance(message.state, fact);
    if (state !== message.state) this.updated(this.#store.messages.setState(message, state, code));
  }

  /** Notes that the server, or everybody, has one of mine. Inside a transaction. */
  noteSent(chat: StoredChat, id: MessageId): void {
    const message = this.#store.messages.find(chat.number, id);
    if (message?.state === undefined) return;
    if (advance(message.state, "sent") === message.state) return;
    this.#left(this.#store.messages.setSent(message, Date.now()));
  }

  /**
   * Notes that the server has taken a request once more, since it had lost the first: the note with it was lost, too, and goes as a message when the chat
   * is open. Inside a transaction.
   */
  noteGoesAgain(chat: StoredChat): void {
    if (chat.phase !== "requested") return;
    const { messages } = this.#store;
    const lost = messages
      .undelivered(chat.number, 0)
      .filter(({ state, storedAt }) => state === "sent" && storedAt >= chat.since);
    if (lost.length === 0) return;
    for (const note of lost) this.updated(messages.setState(note, "waiting"));
    this.change(chat, {}, { unsealed: true });
  }

  /** Notes somebody's receipt for one of mine, which may come late or twice. Inside a transaction. */
  noteReceipt(chat: StoredChat, id: MessageId, from: Username, receipt: Receipt): void {
    const { messages, outbox } = this.#store;
    outbox.dropKeptUpTo(chat.number, id);
    const message = messages.find(chat.number, id);
    const receiver = message?.receivers?.find(({ person }) => person === from);
    if (message?.state === undefined || receiver === undefined) return;
    const later = laterReceipt(receiver.receipt, receipt);
    if (later === receiver.receipt) return;
    const receipted = messages.setReceipt(message, from, later);
    const state = reached(message.state, receipted.receivers ?? []);
    this.#left(state === message.state ? receipted : messages.setState(receipted, state));
  }

  /** Starts the time after which one of mine disappears, if it is to, and emits the change. */
  #left(message: StoredMessage): void {
    const { expiry } = message;
    const starts = expiry !== undefined && expiry.due === undefined;
    this.updated(starts ? this.#store.messages.setExpiry(message, dueFromNow(expiry.seconds)) : message);
  }

  /**
   * Sets the chat's timer where the new one counts over the known one, and adds an event if its length differs. Inside a transaction.
   * @returns undefined, with nothing changed, for one that no timer here leads to
   */
  setTimer(chat: StoredChat, timer: Timer, by: Username): StoredChat | undefined {
    const before = chat.timer ?? NO_TIMER;
    const after = laterTimer(before, timer);
    if (after === undefined || after === before) return after && chat;
    const next = this.change(chat, { timer: after });
    if (after.seconds === before.seconds) return next;
    const event = this.isMine({ author: by }) ? "timer-set-by-me" : "timer-set-by-peer";
    return this.addEvent(next, eventBody(event, by, after.seconds));
  }

  /** Appends an event. Inside a transaction. */
  addEvent(chat: StoredChat, body: EventBody): StoredChat {
    return this.add(chat, { id: newMessageId(), author: undefined, at: Date.now(), body }).chat;
  }

  /** Stores a written message as its kind demands: appends a message, or changes another. Inside a transaction. */
  add(chat: StoredChat, message: NewMessage): { readonly chat: StoredChat; readonly message: StoredMessage } {
    const { body } = message;
    return isChange(body)
      ? this.#amend(chat, { ...message, body })
      : this.#append(chat, { ...message, body });
  }

  #append(
    chat: StoredChat,
    message: NewMessage<Body>,
  ): { readonly chat: StoredChat; readonly message: ShownMessage } {
    const now = Date.now();
    const early = this.#store.messages.earlyChanges(chat.number, message.id);
    const body = withChanges(message, early);
    const { unread, notify, receipt } = shownKind(body).effect;
    const theirs = message.author !== undefined && !this.isMine(message);
    const stored = this.#store.messages.add(
      { ...this.#addressed(chat, message), body, storedAt: now },
      theirs && receipt ? "delivered" : undefined,
    );
    settleChanges(this.#store, stored, early);
    const { unread: before, firstUnread } = chat;
    const next = this.change(chat, {
      lastActivity: now,
      ...(theirs &&
        unread && {
          unread: before + 1,
          firstUnread: firstUnread ?? { id: stored.id, position: stored.position },
        }),
    });
    this.#news.whenTrue(() => {
      this.#news.safely(() => this.#emitter.emit("message", this.view(stored)));
      if (theirs && notify) this.#news.safely(() => this.#emitter.emit("notify", this.view(stored)));
    });
    return { chat: next, message: stored };
  }

  /** Stores a change, which is neither unread nor activity of its own. */
  #amend(
    chat: StoredChat,
    message: NewMessage<Change>,
  ): { readonly chat: StoredChat; readonly message: StoredMessage } {
    const stored = this.#store.messages.add(
      { ...this.#addressed(chat, message), storedAt: Date.now() },
      this.isMine(message) ? undefined : "delivered",
    );
    const target = applyChange(this.#store, stored);
    if (target !== undefined) this.updated(target);
    return { chat, message: stored };
  }

  /** Returns the message with its chat and, where it is mine, with its receivers. */
  #addressed<Data extends Body | Change>({ number, id }: StoredChat, message: NewMessage<Data>) {
    const receivers = membersOf(id).map((person) => ({ person }));
    return { ...message, chat: number, ...(this.isMine(message) && { receivers }) };
  }

  /** Takes messages out of the history; those of them that were unread no longer count. Inside a transaction. */
  remove(chat: StoredChat, gone: readonly MessagePlace[]): StoredChat {
    const { deletions } = this.#store;
    deletions.remove(chat.number, gone);
    const ids = gone.map(({ id }) => id);
    this.#news.whenTrue(() => this.#news.safely(() => this.#emitter.emit("removed", { chat: chat.id, ids })));
    const { firstUnread } = chat;
    if (firstUnread === undefined) return chat;
    const { count, first } = deletions.theirsFrom(chat.number, firstUnread.position);
    return this.change(chat, { unread: count, firstUnread: first });
  }

  /** Emits that a message has changed. A row that is a change to another message is not shown, and emits nothing. */
  updated(message: StoredMessage): void {
    if (!isShownMessage(message)) return;
    this.#news.whenTrue(() => this.#news.safely(() => this.#emitter.emit("updated", this.view(message))));
  }

  /** @returns the message as it is shown */
  view(message: ShownMessage): ChatMessage {
    const { id, at, position, author, body, failure, expiry, receivers } = message;
    const chat = this.#store.chats.withNumber(message.chat);
    if (chat === undefined) throw new Error("A message of no chat");
    const state = message.state === "waiting" && this.inFlight.has(id) ? "sending" : message.state;
    return {
      id,
      chat: chat.id,
      ...(author !== undefined && { author }),
      at,
      position,
      body,
      ...(state !== undefined && { state }),
      ...(state !== undefined &&
        receivers && {
          receivers: receivers.map(({ person, receipt }) => ({ person, state: receipt ?? state })),
        }),
      ...(failure !== undefined && { failure }),
      ...(expiry !== undefined && { expiry: shownExpiry(expiry) }),
    };
  }
}

/** @returns the expiry of a message whose time counts from now on */
export function dueFromNow(seconds: number): Expiry {
  return { seconds, due: Date.now() + seconds * 1000 };
}

function shownExpiry({ seconds, due }: Expiry): NonNullable<ChatMessage["expiry"]> {
  return due === undefined ? { seconds } : { seconds, due };
}
