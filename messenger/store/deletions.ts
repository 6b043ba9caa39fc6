/** Takes messages out of the history. SQLite overwrites them in the file (secure_delete); `scrub` of the store empties the log beside it. */
import { idBytes, type MessageId } from "../../protocol/names.ts";
import { integer, messageIdOf, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Expiries, MessagePlace } from "./expiries.ts";

export class Deletions {
  readonly #database: Database;
  readonly #expiries: Expiries;

  constructor(database: Database, expiries: Expiries) {
    this.#database = database;
    this.#expiries = expiries;
  }

  /** @returns the oldest `limit` of that person up to position `upTo`, but none that still waits to leave */
  oldest(peerId: number, upTo: number, limit: number): readonly MessagePlace[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE peer = ? AND target IS NULL AND position <= ? AND state IS NOT 'waiting' ORDER BY position LIMIT ?",
      )
      .all(peerId, upTo, limit)
      .map(place);
  }

  /** @returns as `oldest`, but none that failed either: nobody may have seen yet that it did */
  oldestSettled(peerId: number, upTo: number, limit: number): readonly MessagePlace[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE peer = ? AND target IS NULL AND position <= ? AND coalesce(state, '') NOT IN ('waiting', 'failed') ORDER BY position LIMIT ?",
      )
      .all(peerId, upTo, limit)
      .map(place);
  }

  /** Removes messages with the changes made to them. Inside a transaction. */
  remove(peerId: number, messages: readonly MessagePlace[]): void {
    const changes = messages.flatMap(({ id }) => this.#changesOf(peerId, id));
    this.#remove([...messages.map(({ position }) => position), ...changes]);
  }

  /** Removes all but the newest `keep` of that person's changes to messages that are not here. Inside a transaction. */
  removeEarly(peerId: number, keep: number): void {
    const rows = this.#database
      .statement(
        "SELECT position FROM message WHERE peer = ? AND early = 1 ORDER BY position DESC LIMIT -1 OFFSET ?",
      )
      .all(peerId, keep);
    this.#remove(rows.map((row) => integer(row, "position")));
  }

  #changesOf(peerId: number, target: MessageId): readonly number[] {
    return this.#database
      .statement("SELECT position FROM message WHERE peer = ? AND target = ?")
      .all(peerId, idBytes(target))
      .map((row) => integer(row, "position"));
  }

  #remove(positions: readonly number[]): void {
    const remove = this.#database.statement("DELETE FROM message WHERE position = ?");
    for (const position of positions) remove.run(position);
    this.#expiries.forget(positions);
  }

  /** @returns how many of theirs that count as unread there are from `position` on, and the first of them */
  theirsFrom(
    peerId: number,
    position: number,
  ): { readonly count: number; readonly first: MessagePlace | undefined } {
    const where = "FROM message WHERE peer = ? AND target IS NULL AND position >= ? AND unread = 1";
    const count = this.#database.statement(`SELECT count(*) AS count ${where}`).get(peerId, position);
    const first = this.#database
      .statement(`SELECT position, id ${where} ORDER BY position LIMIT 1`)
      .get(peerId, position);
    return { count: integer(count ?? {}, "count"), first: first && place(first) };
  }
}

function place(row: Row): MessagePlace {
  return { position: integer(row, "position"), id: messageIdOf(row) };
}
