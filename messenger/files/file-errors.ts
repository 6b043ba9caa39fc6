/** Errors of files and of their way to the server and back, in our own words. */
import { ParleyError, StorageError, TrustError, UsageError } from "../../protocol/errors.ts";
import { judge } from "../delivery/outcome.ts";
import { diskError } from "../disk-error.ts";

/** @returns whether it is only the line's: the transfer goes on by itself */
export function isInterruption(error: unknown): boolean {
  if (!(error instanceof ParleyError) || error instanceof StorageError || error instanceof TrustError)
    return false;
  return judge(error).type === "later";
}

/** @returns the error of an upload as its user is told it: which of the server's bounds it met */
export function uploadError(error: unknown): unknown {
  if (!(error instanceof ParleyError)) return pathError(error);
  switch (error.code) {
    case "too-many":
      return new UsageError("files-full", "The server keeps no more files of this user", { cause: error });
    case "not-allowed":
      return new UsageError("files-off", "The server keeps no files", { cause: error });
    case "too-large":
      return new UsageError("file-too-large", "The server keeps no file of that size", { cause: error });
    default:
      return error;
  }
}

/** System errors for a path that can't be read or written. */
const UNUSABLE: ReadonlySet<string> = new Set([
  ...["ENOENT", "ENOTDIR", "EISDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "EINVAL", "EROFS", "EIO"],
]);

/** @returns the error for a path that the user chose */
export function pathError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EEXIST")
    return new UsageError("file-exists", "There is a file of that name", { cause: error });
  if (typeof code === "string" && UNUSABLE.has(code))
    return new UsageError("file-unreadable", `The path can't be used: ${code}`, { cause: error });
  return diskError(error);
}
