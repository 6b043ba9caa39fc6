/** Errors of this computer's disk, in our own words. */
import { StorageError } from "../protocol/errors.ts";

/** https://sqlite.org/rescode.html */
const SQLITE_FULL = 13;
/** No room left, or none left for this user. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** @returns a StorageError where the disk is full, anything else as it is */
export function diskError(error: unknown): unknown {
  return isFull(error) ? new StorageError("disk-full", "The disk is full", { cause: error }) : error;
}

/** @returns whether it is the disk's, or SQLite's: full, say, or gone */
export function isStorageError(error: unknown): boolean {
  return error instanceof StorageError || (error instanceof Error && "errcode" in error);
}

function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error) return error.errcode === SQLITE_FULL;
  return "code" in error && typeof error.code === "string" && FULL.has(error.code);
}
