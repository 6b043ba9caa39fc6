/** Processes a table of any size in pieces: a range of rows at a time, in the order of its key. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type Pieces, ROWS_A_PIECE } from "../gateway/pieces.ts";

interface Table {
  readonly table: string;
  /** Columns of the table's primary key, or of a unique index. */
  readonly key: readonly string[];
  /** Sorts before the key of every row. */
  readonly first: readonly SQLInputValue[];
}

/**
 * Yields after each range.
 * @param step called with the key after which the range begins and the key with which it ends
 */
export function* inRanges(
  db: DatabaseSync,
  { table, key, first }: Table,
  step: (range: readonly SQLInputValue[]) => void,
): Pieces {
  const columns = key.join(", ");
  const backwards = key.map((column) => `${column} DESC`).join(", ");
  const marks = key.map(() => "?").join(", ");
  const endOf = db.prepare(
    `SELECT ${columns} FROM
       (SELECT ${columns} FROM ${table} WHERE (${columns}) > (${marks}) ORDER BY ${columns} LIMIT ${ROWS_A_PIECE})
     ORDER BY ${backwards} LIMIT 1`,
  );
  for (let from = first; ; ) {
    const row = endOf.get(...from);
    if (row === undefined) return;
    const to = Object.values(row);
    step([...from, ...to]);
    from = to;
    yield;
  }
}
