/**
 * Records on disk that the user has locked Parley, for a window that changes its role at that moment and misses the notification: from
 * then on, until a window has the account open again, no window opens it with keys that it still has.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE_NAME = "locked";

export function markLocked(directory: string): void {
  writeFileSync(join(directory, FILE_NAME), "", { mode: 0o600 });
}

export function isMarkedLocked(directory: string): boolean {
  return existsSync(join(directory, FILE_NAME));
}

/** Removes the mark: a window has the account open, so the passphrase was entered. */
export function unmarkLocked(directory: string): void {
  rmSync(join(directory, FILE_NAME), { force: true });
}
