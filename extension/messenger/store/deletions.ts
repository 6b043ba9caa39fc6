/** Takes messages out of the history. SQLite overwrites them in the file (secure_delete); `scrub` of the store empties the log beside it. */
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
        "SELECT position, id FROM message WHERE peer = ? AND position <= ? AND state IS NOT 'waiting' ORDER BY position LIMIT ?",
      )
      .all(peerId, upTo, limit)
      .map(place);
  }

  /** @returns as `oldest`, but none that failed either: nobody may have seen yet that it did */
  oldestSettled(peerId: number, upTo: number, limit: number): readonly MessagePlace[] {
    return this.#database
      .statement(
        "SELECT position, id FROM message WHERE peer = ? AND position <= ? AND coalesce(state, '') NOT IN ('waiting', 'failed') ORDER BY position LIMIT ?",
      )
      .all(peerId, upTo, limit)
      .map(place);
  }

  /** Inside a transaction. */
  remove(positions: readonly number[]): void {
    const remove = this.#database.statement("DELETE FROM message WHERE position = ?");
    for (const position of positions) remove.run(position);
    this.#expiries.forget(positions);
  }

  /** @returns how many of theirs there are from `position` on, and the first of them */
  theirsFrom(
    peerId: number,
    position: number,
  ): { readonly count: number; readonly first: MessagePlace | undefined } {
    const where = "FROM message WHERE peer = ? AND position >= ? AND origin = 'theirs'";
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
