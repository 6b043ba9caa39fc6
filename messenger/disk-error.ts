/** Recognizes errors of this computer's disk. */
import { StorageError } from "../protocol/errors.ts";

/** https://sqlite.org/rescode.html */
const SQLITE_FULL = 13;
/** The disk is full, or the user's quota is used up. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** @returns a StorageError if the error means that the disk is full, else the error itself */
export function diskError(error: unknown): unknown {
  return isFull(error) ? new StorageError("disk-full", "The disk is full", { cause: error }) : error;
}

/** @returns whether the error is from the file system or SQLite */
export function isStorageError(error: unknown): boolean {
  return error instanceof StorageError || (error instanceof Error && "errcode" in error);
}

function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error) return error.errcode === SQLITE_FULL;
  return "code" in error && typeof error.code === "string" && FULL.has(error.code);
}
