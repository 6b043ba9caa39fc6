/**
 * Records on disk that the user has locked Parley, for a window that changes its role at that moment and misses the notification. While the
 * mark exists, no window opens the account with keys that it still has in memory.
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

/** Removes the mark, after the account was opened with the passphrase. */
export function unmarkLocked(directory: string): void {
  rmSync(join(directory, FILE_NAME), { force: true });
}
