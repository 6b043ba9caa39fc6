/** Starts anew, or recovers the keys, where a store's keys are missing, while no window has the account open. */

import { putAside, storeIn } from "../account/put-aside.ts";
import { recoverKeys as recover } from "../history/backup/recover.ts";
import type { SecretVault } from "../model.ts";
import { readMark, type StoreMark } from "../store/mark.ts";
import { inUse } from "./election.ts";
import { LeaderLock } from "./leader-lock.ts";

/** @returns the mark of the store in use, if there is one */
export function markIn(directory: string): StoreMark | undefined {
  return readMark(storeIn(directory));
}

/** Puts the store in use aside. @returns its new path. @throws UsageError "in-use" */
export function startAnew(directory: string): Promise<string | undefined> {
  return alone(directory, async () => putAside(directory));
}

/** @returns and throws as recover.ts; UsageError "in-use" */
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
