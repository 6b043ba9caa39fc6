/** Starts a new store or recovers the keys, for a store whose keys are missing. No window may have the account open. */

import { putAside, storeIn } from "../account/put-aside.ts";
import { recoverKeys as recover } from "../history/backup/recover.ts";
import type { SecretVault } from "../model.ts";
import { readMark, type StoreMark } from "../store/mark.ts";
import { inUse } from "./election.ts";
import { LeaderLock } from "./leader-lock.ts";

/** @returns the mark of the store in use, or undefined */
export function markIn(directory: string): StoreMark | undefined {
  return readMark(storeIn(directory));
}

/** Puts the store in use aside. @returns its new path. @throws UsageError "in-use" if a window has the account open */
export function startAnew(directory: string): Promise<string | undefined> {
  return alone(directory, async () => putAside(directory));
}

/** Like recoverKeys in backup/recover.ts. @throws also UsageError "in-use" */
export function recoverKeys(
  directory: string,
  vault: SecretVault,
  file: { readonly path: string; readonly passphrase: string },
): Promise<boolean> {
  return alone(directory, () => recover(directory, vault, file));
}

async function alone<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const lock = LeaderLock.take(directory);
  if (lock === undefined) throw inUse(directory);
  try {
    return await work();
  } finally {
    lock.release();
  }
}
