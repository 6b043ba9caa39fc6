/**
 * That the user has locked Parley, said on disk for a window that changes its role at that moment and does not hear of it: from
 * then on, until a window has the account open again, no window takes it over with keys that it still has.
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

/** A window has the account open: the passphrase was given. */
export function unmarkLocked(directory: string): void {
  rmSync(join(directory, FILE_NAME), { force: true });
}
