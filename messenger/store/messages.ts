/** The history: one row a message, in the order of arrival, read a window at a time. */
import { type ConversationId, idBytes, type MessageId, type Username } from "../../protocol/names.ts";
import { type Body, type Change, isShown, shownKind, targetOf } from "../kinds/body.ts";
import type { Stretch } from "../model.ts";
import { blob, DamageError, integer, messageIdOf, oneOf, optionalText, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Expiries, Expiry } from "./expiries.ts";
import { DAMAGED, openContent, type StoredContent, sealContent } from "./message-content.ts";
import { type ChatNumber, chatNumber, personNumber } from "./numbers.ts";
import type { People } from "./people.ts";
import type { StoreKey } from "./seal.ts";

/** States on disk; "sending" is in memory only (Chats.inFlight). message-state.ts says how one follows from several receipts. */
export const STORED_STATES = ["waiting", "sent", "delivered", "read", "failed"] as const;
export type StoredState = (typeof STORED_STATES)[number];

export const RECEIPTS = ["delivered", "read"] as const;
/** An end-to-end receipt. */
export type Receipt = (typeof RECEIPTS)[number];

/** A person to whom one of mine is addressed. */
export interface Receiver {
  readonly person: Username;
  /** Their newest receipt. */
  readonly receipt?: Receipt | undefined;
}

export interface StoredMessage<Data extends Body | Change = Body | Change> extends StoredContent<Data> {
  readonly position: number;
  readonly chat: ChatNumber;
  readonly id: MessageId;
  /** Undefined: it is one of the chat's own events, and nobody's message. */
  readonly author: Username | undefined;
  /** Of mine only. */
  readonly state?: StoredState | undefined;
  /** With "failed": a ParleyError code. */
  readonly failure?: string | undefined;
  /** Of mine only. */
  readonly receivers?: readonly Receiver[] | undefined;
  /** Of a message that is to disappear. */
  readonly expiry?: Expiry | undefined;
}

/** One that is shown, and no change to another. */
export type ShownMessage = StoredMessage<Body>;

/**
 * Ids of signals that are remembered of each chat: many times as many as a server has under way to one client, for it
 * delivers unconfirmed ones again.
 */
const REMEMBERED_SIGNALS = 1_000;

/** Sealed rows are read this many at once; larger than it need be only where messages are. */
const ROWS_AT_A_TIME = 32;

/** Of messages that are shown, and no changes to others. */
const SHOWN = "target IS NULL";

export function isShownMessage(message: StoredMessage): message is ShownMessage {
  return isShown(message.body);
}

export class Messages {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #people: People;
  readonly #expiries: Expiries;
  /** By chat: `latest` of the newest message, or more where that one is gone or was undone. */
  readonly #latest = new Map<ChatNumber, number>();

  constructor(database: Database, key: StoreKey, people: People, expiries: Expiries) {
    this.#database = database;
    this.#key = key;
    this.#people = people;
    this.#expiries = expiries;
  }

  /** Appends a message; one with receivers is one's own. Inside a transaction. @param owed the receipt it asks for */
  add<Data extends Body | Change>(
    message: Omit<StoredMessage<Data>, "position" | "latest">,
    owed?: Receipt,
  ): StoredMessage<Data> {
    const last = this.#database.statement("SELECT seq FROM sqlite_sequence WHERE name = 'message'").get();
    const position = last === undefined ? 1 : integer(last, "seq") + 1;
    const { chat, id, author, state, failure, receivers, body } = message;
    const target = targetOf(body);
    const before = this.#latest.get(chat) ?? this.#latestBefore(chat);
    const latest = target === undefined ? Math.max(message.at, before) : before;
    this.#latest.set(chat, latest);
    const early = target !== undefined && !this.#isShown(chat, target);
    const by = author === undefined ? null : this.#people.number(author);
    const theirs = by !== null && receivers === undefined;
    const { unread = false, receipt = true } = isShown(body) ? shownKind(body).effect : {};
    const sealed = sealContent(this.#key, { chat, position, by }, { ...message, latest });
    this.#database
      .statement(
        `INSERT INTO message (position, chat, id, author, state, failure, owed, unread, receipted, target, early, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[position, chat, idBytes(id), by, state ?? null, failure ?? null, owed ?? null],
        ...[Number(theirs && unread), Number(theirs && receipt)],
        ...[target === undefined ? null : idBytes(target), Number(early), sealed],
      );
    for (const { person, receipt } of receivers ?? []) this.#putReceiver(position, person, receipt);
    const added = { ...message, position, latest };
    if (message.expiry !== undefined) this.#expiries.put(added, message.expiry);
    return added;
  }

  find(chat: ChatNumber, id: MessageId): StoredMessage | undefined {
    const row = this.#database
      .statement("SELECT * FROM message WHERE chat = ? AND id = ?")
      .get(chat, idBytes(id));
    return row && this.#readAll([row])[0];
  }

  /** @returns the newest messages of the range or, with `after`, the oldest; oldest first. Cost does not grow with the history. */
  page(chat: ChatNumber, stretch: Stretch): readonly ShownMessage[] {
    const { limit, after, before = Number.MAX_SAFE_INTEGER } = stretch;
    const rows =
      after === undefined
        ? this.#database
            .statement(
              `SELECT * FROM message WHERE chat = ? AND ${SHOWN} AND position < ? ORDER BY position DESC LIMIT ?`,
            )
            .all(chat, before, limit)
            .reverse()
        : this.#database
            .statement(
              `SELECT * FROM message WHERE chat = ? AND ${SHOWN} AND position > ? ORDER BY position LIMIT ?`,
            )
            .all(chat, after, limit);
    return this.#readAll(rows).map(shown);
  }

  /**
   * Yields all messages, or one chat's, before a position, newest first; each row is opened when it is asked for. Messages
   * added meanwhile are left out, deleted ones may come. They come without their receivers.
   */
  *newestFirst(before = Number.MAX_SAFE_INTEGER, chat?: number): Generator<ShownMessage, void, void> {
    let next = before;
    for (;;) {
      const rows =
        chat === undefined
          ? this.#database
              .statement(
                `SELECT * FROM message WHERE ${SHOWN} AND position < ? ORDER BY position DESC LIMIT ?`,
              )
              .all(next, ROWS_AT_A_TIME)
          : this.#database
              .statement(
                `SELECT * FROM message WHERE chat = ? AND ${SHOWN} AND position < ? ORDER BY position DESC LIMIT ?`,
              )
              .all(chat, next, ROWS_AT_A_TIME);
      for (const row of rows) yield shown(this.#read(row));
      const last = rows.at(-1);
      if (last === undefined) return;
      next = integer(last, "position");
    }
  }

  /**
   * Looks by halves, since times are sealed: some twenty rows are opened, however long the history. Clocks need not agree: the result is
   * the first message before which all are earlier.
   * @param at Unix time, milliseconds
   * @returns the position of the first message of that time or later; undefined when all are older
   */
  positionAt(chat: ChatNumber, at: number): number | undefined {
    const firstFrom = (position: number) => this.page(chat, { limit: 1, after: position - 1 })[0];
    const newest = this.page(chat, { limit: 1 })[0];
    if (newest === undefined || newest.latest < at) return undefined;
    let low = firstFrom(0)?.position ?? 0;
    let high = newest.position;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = firstFrom(middle);
      if (found !== undefined && found.latest >= at) high = middle;
      else low = middle + 1;
    }
    // The one that was the latest may be deleted: then another is the first.
    for (let after = low - 1; ; ) {
      const page = this.page(chat, { limit: ROWS_AT_A_TIME, after });
      const found = page.find((message) => message.at >= at);
      const last = page.at(-1);
      if (found !== undefined || last === undefined) return found?.position;
      after = last.position;
    }
  }

  #latestBefore(chat: ChatNumber): number {
    const newest = this.page(chat, { limit: 1 })[0];
    return newest?.latest ?? 0;
  }

  /** @returns the place of the newest message of all; 0 where there is none */
  newest(): number {
    const row = this.#database.statement("SELECT MAX(position) AS newest FROM message").get();
    return row?.["newest"] == null ? 0 : integer(row, "newest");
  }

  /** @returns up to `limit` messages of everybody after position `after`, oldest first, but none that is to disappear */
  lasting(after: number, limit: number): readonly StoredMessage[] {
    return this.#readAll(
      this.#database
        .statement("SELECT * FROM message WHERE position > ? AND expiry IS NULL ORDER BY position LIMIT ?")
        .all(after, limit),
    );
  }

  /** @returns up to `limit` of the ids noted for that chat, after `after`, in their own order */
  received(chat: ChatNumber, after: Uint8Array, limit: number): readonly Uint8Array[] {
    return this.#database
      .statement("SELECT id FROM received WHERE chat = ? AND id > ? ORDER BY id LIMIT ?")
      .all(chat, after, limit)
      .map((row) => blob(row, "id"));
  }

  /** Sets the state. Inside a transaction. @returns the message as it is now */
  setState(message: StoredMessage, state: StoredState, failure?: string): StoredMessage {
    this.#database
      .statement("UPDATE message SET state = ?, failure = ? WHERE position = ?")
      .run(state, failure ?? null, message.position);
    return { ...message, state, failure };
  }

  /** Notes a receipt. Inside a transaction. @returns the message as it is now */
  setReceipt(message: StoredMessage, person: Username, receipt: Receipt): StoredMessage {
    this.#putReceiver(message.position, person, receipt);
    const receivers = message.receivers?.map((one) => (one.person === person ? { person, receipt } : one));
    return { ...message, receivers };
  }

  /** Sets the time of sending. Inside a transaction. @param sentAt Unix time, milliseconds, by our clock @returns the message as it is now */
  setSent(message: StoredMessage, sentAt: number): StoredMessage {
    const sent: StoredMessage = { ...message, state: "sent", failure: undefined, sentAt };
    this.#database
      .statement("UPDATE message SET state = 'sent', failure = NULL, body = ? WHERE position = ?")
      .run(this.#seal(sent), message.position);
    return sent;
  }

  /** Sets the expiry. Inside a transaction. @returns the message as it is now */
  setExpiry(message: StoredMessage, expiry: Expiry): StoredMessage {
    this.#expiries.put(message, expiry);
    return { ...message, expiry };
  }

  /** Sets the body. Inside a transaction. @returns the message as it is now */
  setBody(message: ShownMessage, body: Body): ShownMessage {
    const changed = { ...message, body };
    this.#database
      .statement("UPDATE message SET body = ? WHERE position = ?")
      .run(this.#seal(changed), message.position);
    return changed;
  }

  /** @returns the changes of that message that came before it, oldest first */
  earlyChanges(chat: ChatNumber, target: MessageId): readonly StoredMessage[] {
    return this.#readAll(
      this.#database
        .statement("SELECT * FROM message WHERE chat = ? AND target = ? AND early = 1 ORDER BY position")
        .all(chat, idBytes(target)),
    );
  }

  /** Settles early changes, whose target is here now. Inside a transaction. */
  settleEarly(chat: ChatNumber, target: MessageId): void {
    this.#database
      .statement("UPDATE message SET early = 0 WHERE chat = ? AND target = ? AND early = 1")
      .run(chat, idBytes(target));
  }

  /** Notes that everything of theirs from `position` on has been read: they are owed a "read". Inside a transaction. */
  oweRead(chat: ChatNumber, position: number): void {
    this.#database
      .statement(
        `UPDATE message SET owed = 'read' WHERE chat = ? AND position >= ? AND receipted = 1 AND ${SHOWN}`,
      )
      .run(chat, position);
  }

  /** @returns up to `limit` ids for which we owe that receipt, oldest first */
  owing(chat: ChatNumber, owed: Receipt, limit: number): readonly MessageId[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE chat = ? AND owed = ? AND length(id) = 16 ORDER BY position LIMIT ?",
      )
      .all(chat, owed, limit)
      .map(messageIdOf);
  }

  /** @returns the chats in which we owe a receipt */
  owedChats(): readonly ChatNumber[] {
    return this.#database
      .statement("SELECT DISTINCT chat FROM message WHERE owed IS NOT NULL AND length(id) = 16")
      .all()
      .map((row) => chatNumber(row));
  }

  /** @returns mine that have no receipt, oldest first: those that wait, and from position `from` on those that were sent */
  undelivered(chat: ChatNumber, from: number): readonly StoredMessage[] {
    return this.#readAll(
      this.#database
        .statement(
          `SELECT * FROM message WHERE chat = ? AND state IN ('waiting', 'sent') AND (state = 'waiting' OR position >= ?)
         ORDER BY position`,
        )
        .all(chat, from),
    );
  }

  /** @returns the oldest `limit` of mine that wait and are not in the outbox: they are to be sealed */
  unsealed(chat: ChatNumber, limit = -1): readonly StoredMessage[] {
    return this.#readAll(
      this.#database
        .statement(
          // The first condition on the state is that of the partial index, which is not used without it.
          `SELECT * FROM message WHERE chat = ? AND state IN ('waiting', 'sent') AND state = 'waiting'
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.chat = message.chat AND outbox.id = message.id)
         ORDER BY position LIMIT ?`,
        )
        .all(chat, limit),
    );
  }

  /** Owes the receipt again: one of theirs came again, since they do not know that we have it. Inside a transaction. */
  oweAgain(chat: ChatNumber, id: MessageId): void {
    this.#database
      .statement(
        "UPDATE message SET owed = 'delivered' WHERE chat = ? AND id = ? AND receipted = 1 AND owed IS NULL",
      )
      .run(chat, idBytes(id));
  }

  /** Settles a receipt that is in the outbox; a "read" that fell due meanwhile stays owed. Inside a transaction. */
  settleOwed(chat: ChatNumber, ids: readonly MessageId[], owed: Receipt): void {
    const settle = this.#database.statement(
      "UPDATE message SET owed = NULL WHERE chat = ? AND id = ? AND owed = ?",
    );
    for (const id of ids) settle.run(chat, idBytes(id), owed);
  }

  /** Notes that something with this id, a message or a request, arrived. Inside a transaction. */
  noteReceived(chat: ChatNumber, id: MessageId | ConversationId): void {
    this.#database.statement("INSERT INTO received (chat, id) VALUES (?, ?)").run(chat, idBytes(id));
  }

  /** Notes that a signal with this id arrived, and forgets the oldest where there are many. Inside a transaction. */
  noteSignal(chat: ChatNumber, id: MessageId): void {
    const last = this.#database
      .statement("SELECT max(signal) AS last FROM received WHERE chat = ? AND signal IS NOT NULL")
      .get(chat);
    const signal = last?.["last"] == null ? 1 : integer(last, "last") + 1;
    this.#database
      .statement("INSERT INTO received (chat, id, signal) VALUES (?, ?, ?)")
      .run(chat, idBytes(id), signal);
    this.#database
      .statement("DELETE FROM received WHERE chat = ? AND signal <= ?")
      .run(chat, signal - REMEMBERED_SIGNALS);
  }

  hasReceived(chat: ChatNumber, id: MessageId | ConversationId): boolean {
    return (
      this.#database.statement("SELECT 1 FROM received WHERE chat = ? AND id = ?").get(chat, idBytes(id)) !==
      undefined
    );
  }

  #putReceiver(position: number, person: Username, receipt: Receipt | undefined): void {
    this.#database
      .statement(
        "INSERT INTO receiver (message, person, receipt) VALUES (?, ?, ?) ON CONFLICT (message, person) DO UPDATE SET receipt = excluded.receipt",
      )
      .run(position, this.#people.number(person), receipt ?? null);
  }

  #seal(message: StoredMessage): Uint8Array {
    const { chat, position, author } = message;
    const by = author === undefined ? null : this.#people.number(author);
    return sealContent(this.#key, { chat, position, by }, message);
  }

  #isShown(chat: ChatNumber, id: MessageId): boolean {
    const row = this.#database
      .statement(`SELECT 1 FROM message WHERE chat = ? AND id = ? AND ${SHOWN}`)
      .get(chat, idBytes(id));
    return row !== undefined;
  }

  #readAll(rows: readonly Row[]): readonly StoredMessage[] {
    const receivers = this.#receiversOf(rows);
    return rows.map((row) => this.#read(row, receivers));
  }

  /** Reads a damaged row as DAMAGED: it must not close the whole history. @param receivers left out: it is read without */
  #read(row: Row, receivers?: ReadonlyMap<number, readonly Receiver[]>): StoredMessage {
    const position = integer(row, "position");
    const expiry = this.#expiries.of(row);
    const place = { position, chat: chatNumber(row), id: messageIdOf(row), ...(expiry && { expiry }) };
    try {
      const by = row["author"] === null ? null : personNumber(row, "author");
      const author = by === null ? undefined : this.#people.nameOf(by);
      if (by !== null && author === undefined) throw new DamageError("A message of nobody");
      const content = openContent(this.#key, { chat: place.chat, position, by }, blob(row, "body"));
      const state = optionalText(row, "state");
      return {
        ...place,
        author: content === DAMAGED ? undefined : author,
        ...content,
        state: state === undefined ? undefined : oneOf(state, STORED_STATES),
        failure: optionalText(row, "failure"),
        ...(receivers && state !== undefined && { receivers: receivers.get(position) ?? [] }),
      };
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      return { ...place, author: undefined, ...DAMAGED };
    }
  }

  /** @returns the receivers of those that are mine, by position: one query, however many there are */
  #receiversOf(rows: readonly Row[]): ReadonlyMap<number, readonly Receiver[]> {
    const found = new Map<number, Receiver[]>();
    const mine = rows.filter((row) => row["state"] !== null).map((row) => row["position"]);
    if (mine.length === 0) return found;
    const receivers = this.#database
      .statement(
        "SELECT message, person, receipt FROM receiver WHERE message IN (SELECT value FROM json_each(?)) ORDER BY message, person",
      )
      .all(JSON.stringify(mine));
    for (const row of receivers) {
      const person = this.#people.nameOf(personNumber(row));
      const receipt = RECEIPTS.find((one) => one === row["receipt"]);
      if (person === undefined) continue; // a damaged row, which must not close the history
      const message = integer(row, "message");
      const others = found.get(message);
      if (others === undefined) found.set(message, [{ person, receipt }]);
      else others.push({ person, receipt });
    }
    return found;
  }
}

function shown(message: StoredMessage): ShownMessage {
  if (isShown(message.body)) return message as ShownMessage;
  return { ...message, author: undefined, ...DAMAGED };
}
