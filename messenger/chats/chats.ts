/** Changes chats and their messages in the store, within the caller's transaction, and emits events once it is committed. */
import { type MessageId, newMessageId, type Username } from "../../protocol/names.ts";
import type { MessengerEmitter } from "../events.ts";
import {
  amendOf,
  type Body,
  type Change,
  filesOf,
  isChange,
  isChangeable,
  isReceipted,
  shownKind,
} from "../kinds/body.ts";
import { type EventBody, eventBody } from "../kinds/event.ts";
import type { ChatMessage } from "../model.ts";
import type { News } from "../news.ts";
import type { ChatRecord, StoredChat } from "../store/chats.ts";
import type { Expiry, MessagePlace } from "../store/expiries.ts";
import type { GroupRecord } from "../store/groups.ts";
import type { ChatNumber } from "../store/numbers.ts";
import type { ReceiptDue } from "../store/received.ts";
import type { Store } from "../store/store.ts";
import {
  isShownMessage,
  type Receipt,
  type ShownMessage,
  type StoredMessage,
} from "../store/stored-message.ts";
import { isMine } from "./author.ts";
import { amended, MOST_EARLY_CHANGES, NO_RESULTS, withChanges } from "./changes.ts";
import { membersOf } from "./chat-id.ts";
import { fileStates } from "./file-states.ts";
import { advance, laterReceipt, reached } from "./message-state.ts";
import { messageView } from "./message-view.ts";
import { laterTimer, NO_TIMER, type Timer } from "./timer.ts";

/** A message before it is stored. */
type NewMessage<Data extends Body | Change = Body | Change> = Omit<
  StoredMessage<Data>,
  "position" | "chat" | "storedAt" | "latest" | "receivers"
>;

export class Chats {
  /** Messages sent to the server that it has not answered yet. Not stored, since it is only valid at present. */
  readonly inFlight = new Set<MessageId>();
  /** How much of each file that is being fetched has arrived, 0 to 1, by spotKey(). Not stored either. */
  readonly fetching = new Map<string, number>();
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
   * Resets all messages of this conversation without a receipt to waiting, since it is unknown which of them arrived. They can be sealed
   * again with the same ids. Inside a transaction.
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

  /** Marks an outgoing message as failed. Inside a transaction. @param code a ParleyError code */
  fail(chat: StoredChat, id: MessageId, code: string, fact: "refused" | "dropped" = "refused"): void {
    const message = this.#store.messages.find(chat.number, id);
    if (message?.state === undefined) return; // a receipt
    this.#store.outbox.dropKept(chat.number, id);
    const state = advance(message.state, fact);
    if (state !== message.state) this.updated(this.#store.messages.setState(message, state, code));
  }

  /** Marks an outgoing message as sent: the server, or all receivers, have it. Inside a transaction. */
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

  /** Stores receipts for outgoing messages, which may arrive late or repeatedly. Inside a transaction. */
  noteReceipts(chat: StoredChat, ids: readonly MessageId[], from: Username, receipt: Receipt): void {
    this.#store.outbox.receipted(chat.number, ids);
    for (const id of ids) this.#noteReceipt(chat, id, from, receipt);
  }

  #noteReceipt(chat: StoredChat, id: MessageId, from: Username, receipt: Receipt): void {
    const { messages } = this.#store;
    const message = messages.find(chat.number, id);
    const receiver = message?.receivers?.find(({ person }) => person === from);
    if (message?.state === undefined || receiver === undefined) return;
    const later = laterReceipt(receiver.receipt, receipt);
    if (later === receiver.receipt) return;
    const receipted = messages.setReceipt(message, from, later);
    const state = reached(message.state, receipted.receivers ?? []);
    const next = state === message.state ? receipted : messages.setState(receipted, state);
    if (isChange(next.body) && (state === "delivered" || state === "read")) this.#settled(next);
    else this.#left(next);
  }

  /** Removes the row of a change that all receivers have. Its results are stored with its target. */
  #settled(change: StoredMessage): void {
    this.#store.deletions.removeRows([change]);
    this.updated(change);
  }

  /** Starts the timer of an outgoing disappearing message, and emits the change. */
  #left(message: StoredMessage): void {
    const { expiry } = message;
    const starts = expiry !== undefined && expiry.due === undefined;
    this.updated(starts ? this.#store.messages.setExpiry(message, dueFromNow(expiry.seconds)) : message);
  }

  /**
   * Sets the chat's timer if the new one wins over the known one, and adds an event if its length differs. Inside a transaction.
   * @returns undefined, without any change, for a version too far ahead
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
    return this.append(chat, { id: newMessageId(), author: undefined, at: Date.now(), body }).chat;
  }

  /** Appends a message, and applies the changes that arrived before it. Inside a transaction. */
  append(
    chat: StoredChat,
    message: NewMessage<Body>,
  ): { readonly chat: StoredChat; readonly message: ShownMessage } {
    const { messages, deletions } = this.#store;
    const now = Date.now();
    const early = messages.earlyChanges(chat.number, message.id);
    const after = withChanges(message, early);
    const { unread, notify } = shownKind(after.body).effect;
    const theirs = message.author !== undefined && !this.isMine(message);
    if (theirs) this.#store.received.note(chat.number, message.id, receiptDue(after.body));
    const added = messages.add({ ...this.#addressed(chat, message), body: after.body, storedAt: now });
    const stored = early.length === 0 ? added : messages.amend(added, NO_RESULTS, after);
    deletions.removeRows(early);
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

  /**
   * Applies a change. Stores it if it has to wait: an outgoing one for its receipts, a received one for its target. A change is neither
   * unread nor an activity. Inside a transaction.
   */
  amend(chat: StoredChat, change: NewMessage<Change>): StoredChat {
    const { messages, deletions, received, people } = this.#store;
    const { body, author } = change;
    const of = amendOf(body).target(body);
    const target = messages.find(chat.number, of);
    const mine = this.isMine(change);
    // A target that was received and is missing was deleted here, and will not arrive again.
    const early = target === undefined && !received.has(chat.number, of);
    if (!mine) received.noteUnshown(chat.number, change.id, receiptDue(body));
    const row =
      mine || early ? messages.add({ ...this.#addressed(chat, change), storedAt: Date.now() }) : undefined;
    if (!mine && early && author !== undefined)
      deletions.trimEarly(chat.number, people.number(author), MOST_EARLY_CHANGES);
    if (target === undefined || !isShownMessage(target)) return chat;
    const before = messages.resultsOf(target);
    const after = amended(target, before, change);
    if (after === undefined) return chat;
    const next = messages.amend(target, before, after);
    if (!isChangeable(next.body)) this.#dropFiles(target);
    const left = isChangeable(next.body) ? chat : this.#emptied(chat, next, row);
    this.#updatedTarget(chat.number, of);
    return left;
  }

  /** Removes the files of a message that is deleted for everybody, and has the server drop those of the user's own. */
  #dropFiles(message: ShownMessage): void {
    const { files, unwantedBlobs } = this.#store;
    files.removeOf([message.position]);
    if (this.isMine(message)) unwantedBlobs.add(filesOf(message.body).map(({ blob }) => blob));
  }

  /**
   * Completes the deletion of a message for everybody: withdraws it, and removes its other changes, also from the file.
   * @param by the row of the deletion
   */
  #emptied(chat: StoredChat, message: ShownMessage, by: StoredMessage | undefined): StoredChat {
    const { messages, deletions } = this.#store;
    if (message.state !== undefined) messages.withdraw(message);
    deletions.removeChangesOf(chat.number, message.id, by?.position);
    this.#news.whenTrue(() => this.#news.safely(() => this.#store.scrub()));
    return this.#recounted(chat);
  }

  /** Returns the message with its chat and, for an outgoing one, with its receivers. */
  #addressed<Data extends Body | Change>({ number, id }: StoredChat, message: NewMessage<Data>) {
    const receivers = membersOf(id).map((person) => ({ person }));
    return { ...message, chat: number, ...(this.isMine(message) && { receivers }) };
  }

  /**
   * Deletes messages from the history, and from the count of unread ones. Inside a transaction.
   * @param undelivered whether to keep the user's own changes of them that not all people have
   */
  remove(chat: StoredChat, gone: readonly MessagePlace[], undelivered: "keep" | "drop"): StoredChat {
    const { deletions } = this.#store;
    deletions.remove(chat.number, gone, undelivered);
    const ids = gone.map(({ id }) => id);
    this.#news.whenTrue(() => this.#news.safely(() => this.#emitter.emit("removed", { chat: chat.id, ids })));
    return this.#recounted(chat);
  }

  /** Counts the unread messages again after deletions. Inside a transaction. */
  #recounted(chat: StoredChat): StoredChat {
    const { firstUnread } = chat;
    if (firstUnread === undefined) return chat;
    const { count, first } = this.#store.deletions.theirsFrom(chat.number, firstUnread.position);
    return this.change(chat, { unread: count, firstUnread: first });
  }

  /** Emits that a message has changed. For the row of a change, which is not shown, emits that its target has. */
  updated(message: StoredMessage): void {
    const { chat, body } = message;
    if (isChange(body)) this.#updatedTarget(chat, amendOf(body).target(body));
    else if (isShownMessage(message))
      this.#news.whenTrue(() => this.#news.safely(() => this.#emitter.emit("updated", this.view(message))));
  }

  /** Emits the target of a change in its state after the transaction. */
  #updatedTarget(chat: ChatNumber, id: MessageId): void {
    this.#news.whenTrue(() => {
      const target = this.#store.messages.find(chat, id);
      if (target !== undefined) this.updated(target);
    });
  }

  /** Returns the value that represents the message outside the messenger. */
  view(message: ShownMessage): ChatMessage {
    const chat = this.#store.chats.withNumber(message.chat);
    if (chat === undefined) throw new Error("A message of no chat");
    const files = fileStates(message, this.#store.files, this.fetching);
    const view = messageView(message, chat.id, this.inFlight);
    return files.length === 0 ? view : { ...view, files };
  }
}

function receiptDue(body: Body | Change): ReceiptDue {
  return isReceipted(body) ? "owed" : "never";
}

/** @returns the expiry of a message whose timer starts now */
export function dueFromNow(seconds: number): Expiry {
  return { seconds, due: Date.now() + seconds * 1000 };
}
