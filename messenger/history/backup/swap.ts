/**
 * Where a restored store waits, and how it takes the place of the one in use. One write to the store's mark decides: it names
 * the identity that is to be in force. The next program that opens this home finishes the exchange, at once or after a crash.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StoreKeys } from "../../account/store-keys.ts";
import { Store } from "../../store/store.ts";

/** @param folder of the store in use */
export function stageIn(folder: string): string {
  return join(folder, "restoring");
}

/** Commits the restore, while the store is closed. @param seed of the identity; the caller wipes it */
export async function commitRestore(keys: StoreKeys, seed: Uint8Array): Promise<void> {
  await keys.decideRestore(seed);
  await finishRestore(keys);
}

/** Finishes a restore that was decided, before the store is opened; else does nothing. @throws as StoreKeys.restoredIdentity */
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

/** Removes the rest of a restore that came to nothing, while nobody stages. */
export function clearStage(folder: string): void {
  rmSync(stageIn(folder), { recursive: true, force: true });
}
