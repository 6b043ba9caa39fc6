/** Takes messages out of the history. SQLite overwrites them in the file (secure_delete); `scrub` of the store empties the log beside it. */
import { idBytes, type MessageId } from "../../protocol/names.ts";
import { integer, messageIdOf, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Expiries, MessagePlace } from "./expiries.ts";
import type { FileRecords } from "./files.ts";
import type { ChatNumber, PersonNumber } from "./numbers.ts";

export class Deletions {
  readonly #database: Database;
  readonly #expiries: Expiries;
  readonly #files: FileRecords;

  constructor(database: Database, expiries: Expiries, files: FileRecords) {
    this.#files = files;
    this.#database = database;
    this.#expiries = expiries;
  }

  /** @returns the oldest `limit` of that chat up to position `upTo`, but none that still waits to leave */
  oldest(chat: ChatNumber, upTo: number, limit: number): readonly MessagePlace[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE chat = ? AND target IS NULL AND position <= ? AND state IS NOT 'waiting' ORDER BY position LIMIT ?",
      )
      .all(chat, upTo, limit)
      .map(place);
  }

  /** @returns as `oldest`, but none that failed either: nobody may have seen yet that it did */
  oldestSettled(chat: ChatNumber, upTo: number, limit: number): readonly MessagePlace[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE chat = ? AND target IS NULL AND position <= ? AND coalesce(state, '') NOT IN ('waiting', 'failed') ORDER BY position LIMIT ?",
      )
      .all(chat, upTo, limit)
      .map(place);
  }

  /**
   * Removes messages with the changes made to them. Inside a transaction.
   * @param undelivered whether to keep the user's own changes that not all people have: they still have the message
   */
  remove(chat: ChatNumber, messages: readonly MessagePlace[], undelivered: "keep" | "drop"): void {
    const changes = messages.flatMap(({ id }) =>
      undelivered === "keep" ? this.#settledChangesOf(chat, id) : this.#changesOf(chat, id),
    );
    this.#remove([...messages.map(({ position }) => position), ...changes]);
  }

  /** Removes single rows, such as those of settled changes. Inside a transaction. */
  removeRows(rows: readonly Pick<MessagePlace, "position">[]): void {
    this.#remove(rows.map(({ position }) => position));
  }

  /** Removes all changes of a message except one. Inside a transaction. */
  removeChangesOf(chat: ChatNumber, target: MessageId, but?: number): void {
    this.#remove(this.#changesOf(chat, target).filter((position) => position !== but));
  }

  /** @returns the oldest `limit` of the chat's changes whose target has not arrived */
  early(chat: ChatNumber, limit = -1): readonly MessagePlace[] {
    return this.#database
      .statement("SELECT position, id FROM message WHERE chat = ? AND early = 1 ORDER BY position LIMIT ?")
      .all(chat, limit)
      .map(place);
  }

  /**
   * Removes the oldest of the author's changes whose target has not arrived in this chat, until the others are within the bounds.
   * Inside a transaction.
   */
  trimEarly(
    chat: ChatNumber,
    author: PersonNumber,
    most: { readonly rows: number; readonly bytes: number },
  ): void {
    const rows = this.#database
      .statement(
        `SELECT position, id FROM (
          SELECT position, id, row_number() OVER newest AS rows, sum(length(body)) OVER newest AS bytes
          FROM message WHERE chat = ? AND author = ? AND early = 1 WINDOW newest AS (ORDER BY position DESC)
        ) WHERE rows > ? OR bytes > ?`,
      )
      .all(chat, author, most.rows, most.bytes);
    this.removeRows(rows.map(place));
  }

  /** @returns the changes of a message, except the user's own that not all people have */
  #settledChangesOf(chat: ChatNumber, target: MessageId): readonly number[] {
    return this.#database
      .statement(
        "SELECT position FROM message WHERE chat = ? AND target = ? AND coalesce(state, '') NOT IN ('waiting', 'sent')",
      )
      .all(chat, idBytes(target))
      .map((row) => integer(row, "position"));
  }

  #changesOf(chat: ChatNumber, target: MessageId): readonly number[] {
    return this.#database
      .statement("SELECT position FROM message WHERE chat = ? AND target = ?")
      .all(chat, idBytes(target))
      .map((row) => integer(row, "position"));
  }

  #remove(positions: readonly number[]): void {
    this.#files.removeOf(positions);
    const forget = this.#database.statement(
      "DELETE FROM outbox WHERE kept > 0 AND (chat, id) IN (SELECT chat, id FROM message WHERE position = ?)",
    );
    const remove = this.#database.statement("DELETE FROM message WHERE position = ?");
    for (const position of positions) {
      forget.run(position);
      remove.run(position);
    }
    this.#expiries.forget(positions);
  }

  /** @returns how many of theirs that count as unread there are from `position` on, and the first of them */
  theirsFrom(
    chat: ChatNumber,
    position: number,
  ): { readonly count: number; readonly first: MessagePlace | undefined } {
    const where = "FROM message WHERE chat = ? AND target IS NULL AND position >= ? AND unread = 1";
    const count = this.#database.statement(`SELECT count(*) AS count ${where}`).get(chat, position);
    const first = this.#database
      .statement(`SELECT position, id ${where} ORDER BY position LIMIT 1`)
      .get(chat, position);
    return { count: integer(count ?? {}, "count"), first: first && place(first) };
  }
}

function place(row: Row): MessagePlace {
  return { position: integer(row, "position"), id: messageIdOf(row) };
}
