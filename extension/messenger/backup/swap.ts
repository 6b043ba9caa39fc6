/**
 * Where a restored store waits, and how it takes the place of the one in use. One write to the vault decides: it names
 * the identity that is to be in force. Whoever opens this home finishes what it says, at once or after a crash.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Keyring } from "../account.ts";
import { Store } from "../store/store.ts";

export function stageIn(directory: string): string {
  return join(directory, "restoring");
}

/** While the store is closed. @param seed of the identity; the caller wipes it */
export async function commitRestore(directory: string, keyring: Keyring, seed: Uint8Array): Promise<void> {
  await keyring.decideRestore(seed);
  await finishRestore(directory, keyring);
}

/** Before the store is opened. Does nothing unless a restore was decided. */
export async function finishRestore(directory: string, keyring: Keyring): Promise<void> {
  if (!(await keyring.isRestoreDecided())) return;
  Store.take(stageIn(directory), directory);
  await keyring.finishRestore();
}

/** While nobody stages: removes what a restore that came to nothing has left. */
export function clearStage(directory: string): void {
  rmSync(stageIn(directory), { recursive: true, force: true });
}
