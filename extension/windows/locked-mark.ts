/**
 * That the user has locked Parley, said on disk for a window that changes its seat at that moment and is not told: from
 * then on, until somebody holds the account again, no window takes it over with keys that it still has.
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

/** Somebody holds the account: the passphrase was given. */
export function unmarkLocked(directory: string): void {
  rmSync(join(directory, FILE_NAME), { force: true });
}
