/** The history: one row per message, in the order of arrival, read in ranges. */
import { idBytes, type MessageId, type Username } from "../../protocol/names.ts";
import { type Body, type Change, isShown, shownKind, targetOf } from "../kinds/body.ts";
import type { Results, Version } from "../kinds/kind.ts";
import type { Stretch } from "../model.ts";
import { integer } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Expiries, Expiry } from "./expiries.ts";
import { type MessageRows, shown } from "./message-rows.ts";
import type { ChatNumber } from "./numbers.ts";
import type { People } from "./people.ts";
import type { ChangeResults } from "./results.ts";
import type { Receipt, ShownMessage, StoredMessage, StoredState } from "./stored-message.ts";

/** Sealed rows that are read at once. */
const ROWS_AT_A_TIME = 32;

/** Selects messages that are shown, not changes of others. */
const SHOWN = "target IS NULL";

/** The parts of a message that a change modified. */
export type Amended = Partial<{ readonly body: Body } & Results<Body>>;

export class Messages {
  readonly #database: Database;
  readonly #rows: MessageRows;
  readonly #people: People;
  readonly #expiries: Expiries;
  readonly #results: ChangeResults;
  /** By chat: `latest` of the newest message, or more if that message was deleted or rolled back. */
  readonly #latest = new Map<ChatNumber, number>();

  constructor(
    database: Database,
    rows: MessageRows,
    people: People,
    expiries: Expiries,
    results: ChangeResults,
  ) {
    this.#results = results;
    this.#database = database;
    this.#rows = rows;
    this.#people = people;
    this.#expiries = expiries;
  }

  /** Appends a message. A message with receivers is an outgoing one. Inside a transaction. */
  add<Data extends Body | Change>(
    message: Omit<StoredMessage<Data>, "position" | "latest">,
  ): StoredMessage<Data> {
    const last = this.#database.statement("SELECT seq FROM sqlite_sequence WHERE name = 'message'").get();
    const position = last === undefined ? 1 : integer(last, "seq") + 1;
    const { chat, id, author, state, failure, receivers, body } = message;
    const target = targetOf(body);
    const before = this.#latest.get(chat) ?? this.#latestBefore(chat);
    const latest = target === undefined ? Math.max(message.at, before) : before;
    this.#latest.set(chat, latest);
    const by = author === undefined ? null : this.#people.number(author);
    const theirs = by !== null && receivers === undefined;
    const early = target !== undefined && theirs;
    const unread = theirs && isShown(body) && shownKind(body).effect.unread;
    const added = { ...message, position, latest };
    this.#database
      .statement(
        `INSERT INTO message (position, chat, id, author, state, failure, unread, target, early, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[position, chat, idBytes(id), by, state ?? null, failure ?? null, Number(unread)],
        ...[target === undefined ? null : idBytes(target), Number(early), this.#rows.seal(added)],
      );
    for (const { person, receipt } of receivers ?? []) this.#putReceiver(position, person, receipt);
    if (message.expiry !== undefined) this.#expiries.put(added, message.expiry);
    return added;
  }

  find(chat: ChatNumber, id: MessageId): StoredMessage | undefined {
    const row = this.#database
      .statement("SELECT * FROM message WHERE chat = ? AND id = ?")
      .get(chat, idBytes(id));
    return row && this.#rows.readAll([row])[0];
  }

  at(position: number): StoredMessage | undefined {
    const row = this.#database.statement("SELECT * FROM message WHERE position = ?").get(position);
    return row && this.#rows.readAll([row])[0];
  }

  /** @returns the newest messages of the range or, with `after`, the oldest; oldest first. The cost is independent of the history's length. */
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
    return this.#rows.readAll(rows).map(shown);
  }

  /**
   * Yields all messages, or those of one chat, before a position, newest first. Rows are opened one by one. Messages that are added
   * in the meantime are left out, deleted ones may be included. They have no receivers, marks or changes.
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
      for (const row of rows) yield shown(this.#rows.read(row));
      const last = rows.at(-1);
      if (last === undefined) return;
      next = integer(last, "position");
    }
  }

  #latestBefore(chat: ChatNumber): number {
    const newest = this.page(chat, { limit: 1 })[0];
    return newest?.latest ?? 0;
  }

  /** @returns the position of the newest message of all chats; 0 for none */
  newest(): number {
    const row = this.#database.statement("SELECT MAX(position) AS newest FROM message").get();
    return row?.["newest"] == null ? 0 : integer(row, "newest");
  }

  /** @returns up to `limit` messages of all chats after position `after`, oldest first, without disappearing ones */
  lasting(after: number, limit: number): readonly StoredMessage[] {
    return this.#rows.readAll(
      this.#database
        .statement("SELECT * FROM message WHERE position > ? AND expiry IS NULL ORDER BY position LIMIT ?")
        .all(after, limit),
    );
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
      .run(this.#rows.seal(sent), message.position);
    return sent;
  }

  /** Has a message that receipts have passed over wait again. Inside a transaction. @returns the message as it is now */
  setPassedOver(message: StoredMessage): StoredMessage {
    const passed: StoredMessage = { ...message, state: "waiting", passedOver: true };
    this.#database
      .statement("UPDATE message SET state = 'waiting', body = ? WHERE position = ?")
      .run(this.#rows.seal(passed), message.position);
    return passed;
  }

  /** Sets the expiry. Inside a transaction. @returns the message as it is now */
  setExpiry(message: StoredMessage, expiry: Expiry): StoredMessage {
    this.#expiries.put(message, expiry);
    return { ...message, expiry };
  }

  /** Returns the body as it was first written, with which a message is sealed again; its edits follow. */
  firstWritten(message: StoredMessage): Body | Change {
    return this.versionsOf(message)[0]?.body ?? message.body;
  }

  /** Returns all versions of a message, sorted by revision; none for a message without edits. */
  versionsOf({ position, edited }: Pick<StoredMessage, "position" | "edited">): readonly Version<Body>[] {
    return edited === undefined ? [] : this.#results.versions(position);
  }

  /** Returns the results of earlier changes to a message. */
  resultsOf(message: ShownMessage): Results<Body> {
    return { versions: this.versionsOf(message), marks: message.marks ?? [] };
  }

  /** Adds results from a backup. Inside a transaction. */
  putResults(position: number, results: Results<Body>): void {
    this.#results.put(position, { versions: [], marks: [] }, results);
  }

  /**
   * Writes the parts of a message that a change modified. Inside a transaction.
   * @param before its results so far. @returns the message as it is now
   */
  amend(message: ShownMessage, before: Results<Body>, after: Amended): ShownMessage {
    const { position } = message;
    this.#results.put(position, before, after);
    const { versions = before.versions, marks = before.marks, body = message.body } = after;
    const newest = versions.at(-1);
    const edited = newest && { times: newest.revision, at: newest.at };
    const { unread, changeable } = shownKind(body).effect;
    const { replyTo, thread, via } = changeable ? message : {};
    const changed = { ...message, replyTo, thread, via, edited, marks, body };
    this.#database
      .statement("UPDATE message SET body = ?, unread = min(unread, ?) WHERE position = ?")
      .run(this.#rows.seal(changed), Number(unread), position);
    return changed;
  }

  /** Removes the state and receivers of an outgoing message that must not be sent any more. Inside a transaction. @returns the message as it is now */
  withdraw(message: ShownMessage): ShownMessage {
    const { position } = message;
    this.#database
      .statement("UPDATE message SET state = NULL, failure = NULL WHERE position = ?")
      .run(position);
    this.#database.statement("DELETE FROM receiver WHERE message = ?").run(position);
    return { ...message, state: undefined, failure: undefined, receivers: undefined };
  }

  /** @returns the changes that arrived before their target, oldest first */
  earlyChanges(chat: ChatNumber, target: MessageId): readonly StoredMessage[] {
    return this.#rows.readAll(
      this.#database
        .statement("SELECT * FROM message WHERE chat = ? AND target = ? AND early = 1 ORDER BY position")
        .all(chat, idBytes(target)),
    );
  }

  /** @returns outgoing messages without a receipt, oldest first: those that wait, and from position `from` on those that were sent */
  undelivered(chat: ChatNumber, from: number): readonly StoredMessage[] {
    return this.#rows.readAll(
      this.#database
        .statement(
          `SELECT * FROM message WHERE chat = ? AND state IN ('waiting', 'sent') AND (state = 'waiting' OR position >= ?)
         ORDER BY position`,
        )
        .all(chat, from),
    );
  }

  /** @returns the oldest `limit` outgoing messages that wait and are not in the outbox, and so have to be sealed */
  unsealed(chat: ChatNumber, limit = -1): readonly StoredMessage[] {
    return this.#rows.readAll(
      this.#database
        .statement(
          // SQLite uses the partial index only if the query repeats its condition.
          `SELECT * FROM message WHERE chat = ? AND state IN ('waiting', 'sent') AND state = 'waiting'
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.chat = message.chat AND outbox.id = message.id)
         ORDER BY position LIMIT ?`,
        )
        .all(chat, limit),
    );
  }

  #putReceiver(position: number, person: Username, receipt: Receipt | undefined): void {
    this.#database
      .statement(
        "INSERT INTO receiver (message, person, receipt) VALUES (?, ?, ?) ON CONFLICT (message, person) DO UPDATE SET receipt = excluded.receipt",
      )
      .run(position, this.#people.number(person), receipt ?? null);
  }
}
