/** Opens a messenger's data: its keys, its store and its account. */
import { UsageError } from "../../protocol/errors.ts";
import { clearStage, finishRestore } from "../history/backup/swap.ts";
import type { MessengerOptions, SecretVault } from "../model.ts";
import { type OpenedStore, Store } from "../store/store.ts";
import { type Member, readMembership } from "./account.ts";
import { findRecoverable, restoreAside, storeIn } from "./put-aside.ts";
import { StoreKeys } from "./store-keys.ts";

export interface Home {
  readonly keys: StoreKeys;
  readonly store: Store;
  /** undefined if there is no account */
  readonly member: Member | undefined;
  /** The new path of a damaged store, if there was one. */
  readonly setAside: string | undefined;
}

/**
 * Opens the store in use, or a store that was put aside and whose key the keyring has again.
 * @throws UsageError "lock-removed"; "keys-missing" and "keys-wrong" for a store without its keys, which stays unchanged; "in-use",
 * "wrong-state" as Store.open; errors of the disk and the vault
 */
export async function openHome(options: MessengerOptions): Promise<Home> {
  const { directory, secrets, log } = options;
  const home = await openStoreInUse(options).catch((error: unknown) => keysError(error));
  if (!(home instanceof UsageError) && home.member !== undefined) return home;
  // The store has no account or cannot be opened. A store that was put aside may belong to this keyring.
  const recoverable = await findRecoverable(directory, secrets);
  if (recoverable === undefined) {
    if (home instanceof UsageError) throw home;
    return home;
  }
  if (!(home instanceof UsageError)) home.store.close();
  restoreAside(directory, recoverable, log);
  return openStoreInUse(options);
}

async function openStoreInUse({ directory, secrets, log, acceptsNoLock }: MessengerOptions): Promise<Home> {
  const keys = StoreKeys.in(storeIn(directory), secrets);
  await finishRestore(keys);
  const { store, setAside } = await openStore(keys.folder, keys);
  try {
    await noteLock(store, secrets, acceptsNoLock?.() === true);
    clearStage(keys.folder);
    if (setAside !== undefined) log.error(`The store could not be used and was set aside as ${setAside}`);
    const membership = readMembership(store.settings);
    const identity = await keys.identity();
    return { keys, store, member: membership && identity && { membership, identity }, setAside };
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Records in the store whether there is a lock, and checks that against the previous record. An attacker with access to the keyring could
 * remove the lock and replace other secrets, but cannot change the record, which is sealed. @throws UsageError "lock-removed"
 */
async function noteLock(store: Store, secrets: SecretVault, acceptsNoLock: boolean): Promise<void> {
  const hasLock = await secrets.hasLock?.();
  if (hasLock === undefined) return;
  const hadLock = store.settings.get("lock") === "on";
  if (hadLock && !hasLock && !acceptsNoLock)
    throw new UsageError("lock-removed", "The lock was removed from outside Parley");
  if (hadLock !== hasLock) store.settings.set("lock", hasLock ? "on" : "off");
}

/** @returns an error about missing or wrong keys. @throws any other error */
function keysError(error: unknown): UsageError {
  if (error instanceof UsageError && (error.code === "keys-missing" || error.code === "keys-wrong"))
    return error;
  throw error;
}

/** Opens the store in `folder` with its database key, which is made if the store is new. @throws as openHome */
export async function openStore(folder: string, keys: StoreKeys): Promise<OpenedStore> {
  const key = await keys.databaseKey();
  try {
    return Store.open(folder, key);
  } finally {
    key.fill(0);
  }
}
