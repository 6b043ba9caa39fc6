/**
 * Replaces the store in use with a restored one. A single write to the store's mark, with the new identity, commits the restore. The next
 * program that opens this home finishes the replacement, at once or after a crash.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StoreKeys } from "../../account/store-keys.ts";
import { Store } from "../../store/store.ts";

/** Returns the folder of the stage. @param folder the folder of the store in use */
export function stageIn(folder: string): string {
  return join(folder, "restoring");
}

/** Commits a restore. The store must be closed. @param seed the restored identity's seed, which the caller wipes */
export async function commitRestore(keys: StoreKeys, seed: Uint8Array): Promise<void> {
  await keys.decideRestore(seed);
  await finishRestore(keys);
}

/** Finishes a committed restore, before the store is opened. Does nothing if there is none. @throws as StoreKeys.restoredIdentity */
export async function finishRestore(keys: StoreKeys): Promise<void> {
  const seed = await keys.restoredIdentity();
  if (seed === undefined) return;
  try {
    Store.take(stageIn(keys.folder), keys.folder);
    await keys.finishRestore(seed);
  } finally {
    seed.fill(0);
  }
}

/** Removes the files of a restore that was not committed. No restore may be running. */
export function clearStage(folder: string): void {
  rmSync(stageIn(folder), { recursive: true, force: true });
}
