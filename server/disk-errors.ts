/** Recognises errors of the disk by the codes of the system and of SQLite. */

/**
 * https://sqlite.org/rescode.html. SQLITE_IOERR_SHMSIZE, also listed there, means no room for the index of
 * the write-ahead log.
 */
const SQLITE_FULL = 13;
const SQLITE_IOERR_SHMSIZE = 4874;

/** Returns whether the system or the database reports that there is no room. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error) return error.errcode === SQLITE_FULL || error.errcode === SQLITE_IOERR_SHMSIZE;
  return "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** Returns whether the error reports a missing file or folder. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
