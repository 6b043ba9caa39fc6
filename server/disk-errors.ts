/** Recognizes errors of the disk, by the codes of the system and of SQLite. */

/** https://sqlite.org/rescode.html, as is SQLITE_IOERR_SHMSIZE: no room for the index of the write-ahead log. */
const SQLITE_FULL = 13;
const SQLITE_IOERR_SHMSIZE = 4874;

/** @returns whether the system or the database says that there is no room */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error) return error.errcode === SQLITE_FULL || error.errcode === SQLITE_IOERR_SHMSIZE;
  return "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** @returns whether there is no file or folder of that name */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
