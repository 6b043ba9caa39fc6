/**
 * Another program is writing to the database. Nothing was written; the same work can be retried a moment
 * later.
 */

/** https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

export class StoreBusy extends Error {
  constructor(cause: unknown) {
    super("another program holds the database", { cause });
    this.name = "StoreBusy";
  }
}

/** Returns a StoreBusy if SQLite reports a lock, otherwise the error itself. */
export function orStoreBusy(error: unknown): unknown {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" && (code & 0xff) === SQLITE_BUSY ? new StoreBusy(error) : error;
}
