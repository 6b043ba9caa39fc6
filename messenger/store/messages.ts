/** The history: one row a message, in the order of arrival, read a window at a time. */
import { type ConversationId, idBytes, type MessageId } from "../../protocol/names.ts";
import { type Body, type Change, isShown, shownKind, targetOf } from "../kinds/body.ts";
import type { Stretch } from "../model.ts";
import { blob, DamageError, integer, messageIdOf, oneOf, optionalText, type Row, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Expiries, Expiry } from "./expiries.ts";
import { DAMAGED, openContent, type StoredContent, sealContent } from "./message-content.ts";
import type { StoreKey } from "./seal.ts";

/** States that are known to be on disk; "sending" is not, it lives in Delivery. */
export const STORED_STATES = ["waiting", "sent", "delivered", "read", "failed"] as const;
export type StoredState = (typeof STORED_STATES)[number];

const ORIGINS = ["mine", "theirs", "event"] as const;

export interface StoredMessage<Data extends Body | Change = Body | Change> extends StoredContent<Data> {
  readonly position: number;
  readonly peerId: number;
  readonly id: MessageId;
  readonly origin: (typeof ORIGINS)[number];
  /** Of mine only. */
  readonly state?: StoredState | undefined;
  /** With "failed": a ParleyError code. */
  readonly failure?: string | undefined;
  /** Of a message that is to disappear. */
  readonly expiry?: Expiry | undefined;
}

/** One that is shown, and no change to another. */
export type ShownMessage = StoredMessage<Body>;

/** An end-to-end receipt we owe for one of theirs. */
export type Owed = "delivered" | "read";

/**
 * Ids of signals that are remembered of each person: many times as many as a server has under way to one client, for it
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
  readonly #expiries: Expiries;
  /** By person: `latest` of the newest message, or more where that one is gone or was undone. */
  readonly #latest = new Map<number, number>();

  constructor(database: Database, key: StoreKey, expiries: Expiries) {
    this.#database = database;
    this.#key = key;
    this.#expiries = expiries;
  }

  /** Appends a message. Inside a transaction. @param owed the receipt it asks for */
  add<Data extends Body | Change>(
    message: Omit<StoredMessage<Data>, "position" | "latest">,
    owed?: Owed,
  ): StoredMessage<Data> {
    const last = this.#database.statement("SELECT seq FROM sqlite_sequence WHERE name = 'message'").get();
    const position = last === undefined ? 1 : integer(last, "seq") + 1;
    const { peerId, id, origin, state, failure, body } = message;
    const target = targetOf(body);
    const before = this.#latest.get(peerId) ?? this.#latestBefore(peerId);
    const latest = target === undefined ? Math.max(message.at, before) : before;
    this.#latest.set(peerId, latest);
    const early = target !== undefined && !this.#isShown(peerId, target);
    const theirs = origin === "theirs";
    const { unread = false, receipt = true } = isShown(body) ? shownKind(body).effect : {};
    const sealed = sealContent(this.#key, position, { ...message, latest });
    this.#database
      .statement(
        `INSERT INTO message (position, peer, id, origin, state, failure, owed, unread, receipted, target, early, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[position, peerId, idBytes(id), origin, state ?? null, failure ?? null, owed ?? null],
        ...[Number(theirs && unread), Number(theirs && receipt)],
        ...[target === undefined ? null : idBytes(target), Number(early), sealed],
      );
    const added = { ...message, position, latest };
    if (message.expiry !== undefined) this.#expiries.put(added, message.expiry);
    return added;
  }

  find(peerId: number, id: MessageId): StoredMessage | undefined {
    const row = this.#database
      .statement("SELECT * FROM message WHERE peer = ? AND id = ?")
      .get(peerId, idBytes(id));
    return row && this.#read(row);
  }

  /** @returns the newest messages of the range or, with `after`, the oldest; oldest first. Cost does not grow with the history. */
  page(peerId: number, stretch: Stretch): readonly ShownMessage[] {
    const { limit, after, before = Number.MAX_SAFE_INTEGER } = stretch;
    if (after !== undefined)
      return this.#database
        .statement(
          `SELECT * FROM message WHERE peer = ? AND ${SHOWN} AND position > ? ORDER BY position LIMIT ?`,
        )
        .all(peerId, after, limit)
        .map((row) => this.#readShown(row));
    return this.#database
      .statement(
        `SELECT * FROM message WHERE peer = ? AND ${SHOWN} AND position < ? ORDER BY position DESC LIMIT ?`,
      )
      .all(peerId, before, limit)
      .map((row) => this.#readShown(row))
      .reverse();
  }

  /**
   * Yields all messages, or one person's, before a position, newest first; each row is opened when it is asked for. Messages
   * added meanwhile are left out, deleted ones may come.
   */
  *newestFirst(before = Number.MAX_SAFE_INTEGER, peerId?: number): Generator<ShownMessage, void, void> {
    let next = before;
    for (;;) {
      const rows =
        peerId === undefined
          ? this.#database
              .statement(
                `SELECT * FROM message WHERE ${SHOWN} AND position < ? ORDER BY position DESC LIMIT ?`,
              )
              .all(next, ROWS_AT_A_TIME)
          : this.#database
              .statement(
                `SELECT * FROM message WHERE peer = ? AND ${SHOWN} AND position < ? ORDER BY position DESC LIMIT ?`,
              )
              .all(peerId, next, ROWS_AT_A_TIME);
      for (const row of rows) yield this.#readShown(row);
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
  positionAt(peerId: number, at: number): number | undefined {
    const firstFrom = (position: number) => this.page(peerId, { limit: 1, after: position - 1 })[0];
    const newest = this.page(peerId, { limit: 1 })[0];
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
      const page = this.page(peerId, { limit: ROWS_AT_A_TIME, after });
      const found = page.find((message) => message.at >= at);
      const last = page.at(-1);
      if (found !== undefined || last === undefined) return found?.position;
      after = last.position;
    }
  }

  #latestBefore(peerId: number): number {
    const newest = this.page(peerId, { limit: 1 })[0];
    return newest?.latest ?? 0;
  }

  /** @returns the place of the newest message of all; 0 where there is none */
  newest(): number {
    const row = this.#database.statement("SELECT MAX(position) AS newest FROM message").get();
    return row?.["newest"] == null ? 0 : integer(row, "newest");
  }

  /** @returns up to `limit` messages of everybody after position `after`, oldest first, but none that is to disappear */
  lasting(after: number, limit: number): readonly StoredMessage[] {
    return this.#database
      .statement("SELECT * FROM message WHERE position > ? AND expiry IS NULL ORDER BY position LIMIT ?")
      .all(after, limit)
      .map((row) => this.#read(row));
  }

  /** @returns up to `limit` of the ids noted for that person, after `after`, in their own order */
  received(peerId: number, after: Uint8Array, limit: number): readonly Uint8Array[] {
    return this.#database
      .statement("SELECT id FROM received WHERE peer = ? AND id > ? ORDER BY id LIMIT ?")
      .all(peerId, after, limit)
      .map((row) => blob(row, "id"));
  }

  /** Sets the state. Inside a transaction. @returns the message as it is now */
  setState(message: StoredMessage, state: StoredState, failure?: string): StoredMessage {
    this.#database
      .statement("UPDATE message SET state = ?, failure = ? WHERE position = ?")
      .run(state, failure ?? null, message.position);
    return { ...message, state, failure };
  }

  /** Sets the time of sending. Inside a transaction. @param sentAt Unix time, milliseconds, by our clock @returns the message as it is now */
  setSent(message: StoredMessage, sentAt: number): StoredMessage {
    const sent: StoredMessage = { ...message, state: "sent", failure: undefined, sentAt };
    this.#database
      .statement("UPDATE message SET state = 'sent', failure = NULL, body = ? WHERE position = ?")
      .run(sealContent(this.#key, message.position, sent), message.position);
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
      .run(sealContent(this.#key, message.position, changed), message.position);
    return changed;
  }

  /** @returns the changes of that message that came before it, oldest first */
  earlyChanges(peerId: number, target: MessageId): readonly StoredMessage[] {
    return this.#database
      .statement("SELECT * FROM message WHERE peer = ? AND target = ? AND early = 1 ORDER BY position")
      .all(peerId, idBytes(target))
      .map((row) => this.#read(row));
  }

  /** Settles early changes, whose target is here now. Inside a transaction. */
  settleEarly(peerId: number, target: MessageId): void {
    this.#database
      .statement("UPDATE message SET early = 0 WHERE peer = ? AND target = ? AND early = 1")
      .run(peerId, idBytes(target));
  }

  /** Notes that everything of theirs from `position` on has been read: they are owed a "read". Inside a transaction. */
  oweRead(peerId: number, position: number): void {
    this.#database
      .statement(
        `UPDATE message SET owed = 'read' WHERE peer = ? AND position >= ? AND receipted = 1 AND ${SHOWN}`,
      )
      .run(peerId, position);
  }

  /** @returns up to `limit` ids for which we owe that receipt, oldest first */
  owing(peerId: number, owed: Owed, limit: number): readonly MessageId[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE peer = ? AND owed = ? AND length(id) = 16 ORDER BY position LIMIT ?",
      )
      .all(peerId, owed, limit)
      .map(messageIdOf);
  }

  /** @returns the ids of everybody to whom we owe a receipt */
  owedPeerIds(): readonly number[] {
    return this.#database
      .statement("SELECT DISTINCT peer FROM message WHERE owed IS NOT NULL AND length(id) = 16")
      .all()
      .map((row) => integer(row, "peer"));
  }

  /** @returns mine that have no receipt, oldest first: those that wait, and from position `from` on those that were sent */
  undelivered(peerId: number, from: number): readonly StoredMessage[] {
    return this.#database
      .statement(
        `SELECT * FROM message WHERE peer = ? AND state IN ('waiting', 'sent') AND (state = 'waiting' OR position >= ?)
         ORDER BY position`,
      )
      .all(peerId, from)
      .map((row) => this.#read(row));
  }

  /** @returns the oldest `limit` of mine that wait and are not in the outbox: they are to be sealed */
  unsealed(peerId: number, limit = -1): readonly StoredMessage[] {
    return this.#database
      .statement(
        `SELECT * FROM message WHERE peer = ? AND state IN ('waiting', 'sent') AND state = 'waiting'
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.peer = message.peer AND outbox.id = message.id)
         ORDER BY position LIMIT ?`,
      )
      .all(peerId, limit)
      .map((row) => this.#read(row));
  }

  /** Owes the receipt again: one of theirs came again, since they do not know that we have it. Inside a transaction. */
  oweAgain(peerId: number, id: MessageId): void {
    this.#database
      .statement(
        "UPDATE message SET owed = 'delivered' WHERE peer = ? AND id = ? AND receipted = 1 AND owed IS NULL",
      )
      .run(peerId, idBytes(id));
  }

  /** Settles a receipt that is in the outbox; a "read" that fell due meanwhile stays owed. Inside a transaction. */
  settleOwed(peerId: number, ids: readonly MessageId[], owed: Owed): void {
    const settle = this.#database.statement(
      "UPDATE message SET owed = NULL WHERE peer = ? AND id = ? AND owed = ?",
    );
    for (const id of ids) settle.run(peerId, idBytes(id), owed);
  }

  /** Notes that something with this id, a message or a request, arrived. Inside a transaction. */
  noteReceived(peerId: number, id: MessageId | ConversationId): void {
    this.#database.statement("INSERT INTO received (peer, id) VALUES (?, ?)").run(peerId, idBytes(id));
  }

  /** Notes that a signal with this id arrived, and forgets the oldest where there are many. Inside a transaction. */
  noteSignal(peerId: number, id: MessageId): void {
    const last = this.#database
      .statement("SELECT max(signal) AS last FROM received WHERE peer = ? AND signal IS NOT NULL")
      .get(peerId);
    const signal = last?.["last"] == null ? 1 : integer(last, "last") + 1;
    this.#database
      .statement("INSERT INTO received (peer, id, signal) VALUES (?, ?, ?)")
      .run(peerId, idBytes(id), signal);
    this.#database
      .statement("DELETE FROM received WHERE peer = ? AND signal <= ?")
      .run(peerId, signal - REMEMBERED_SIGNALS);
  }

  hasReceived(peerId: number, id: MessageId | ConversationId): boolean {
    return (
      this.#database
        .statement("SELECT 1 FROM received WHERE peer = ? AND id = ?")
        .get(peerId, idBytes(id)) !== undefined
    );
  }

  #isShown(peerId: number, id: MessageId): boolean {
    const row = this.#database
      .statement(`SELECT 1 FROM message WHERE peer = ? AND id = ? AND ${SHOWN}`)
      .get(peerId, idBytes(id));
    return row !== undefined;
  }

  #readShown(row: Row): ShownMessage {
    const message = this.#read(row);
    if (isShown(message.body)) return message as ShownMessage;
    return { ...message, origin: "event", ...DAMAGED };
  }

  /** Reads a damaged row as DAMAGED: it must not close the whole history. */
  #read(row: Row): StoredMessage {
    const position = integer(row, "position");
    const expiry = this.#expiries.of(row);
    const place = { position, peerId: integer(row, "peer"), id: messageIdOf(row), ...(expiry && { expiry }) };
    try {
      const state = optionalText(row, "state");
      return {
        ...place,
        origin: oneOf(text(row, "origin"), ORIGINS),
        ...openContent(this.#key, position, blob(row, "body")),
        state: state === undefined ? undefined : oneOf(state, STORED_STATES),
        failure: optionalText(row, "failure"),
      };
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      return { ...place, origin: "event", ...DAMAGED };
    }
  }
}
