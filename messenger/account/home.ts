/** A messenger's data at its start: its store, the store's keys and, with both, its account. */
import { UsageError } from "../../protocol/errors.ts";
import { clearStage, finishRestore } from "../history/backup/swap.ts";
import type { MessengerOptions, SecretVault } from "../model.ts";
import { type OpenedStore, Store } from "../store/store.ts";
import { type Member, readMembership } from "./account.ts";
import { bringBack, findRecoverable, storeIn } from "./put-aside.ts";
import { StoreKeys } from "./store-keys.ts";

export interface Home {
  readonly keys: StoreKeys;
  readonly store: Store;
  /** undefined where there is no account */
  readonly member: Member | undefined;
  /** Where a store that was damaged was moved to. */
  readonly setAside: string | undefined;
}

/**
 * @throws UsageError "lock-removed"; "keys-missing" and "keys-wrong" where there is a history without its keys: nothing was changed; "in-use",
 * "wrong-state" as Store.open; errors of the disk and the vault
 */
export async function openHome(options: MessengerOptions): Promise<Home> {
  const { directory, secrets, log } = options;
  const home = await openStoreInUse(options).catch((error: unknown) => keysError(error));
  if (!(home instanceof UsageError) && home.member !== undefined) return home;
  // Nobody's, or not to be opened: one that was put aside may be the one that belongs to this keyring.
  const recoverable = await findRecoverable(directory, secrets);
  if (recoverable === undefined) {
    if (home instanceof UsageError) throw home;
    return home;
  }
  if (!(home instanceof UsageError)) home.store.close();
  bringBack(directory, recoverable, log);
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
 * Notes in the store whether there is a lock. Anybody with access to the keyring can take its lock away and put other secrets there; the store,
 * which opens with one of them, remembers that there was a lock. @throws UsageError "lock-removed"
 */
async function noteLock(store: Store, secrets: SecretVault, acceptsNoLock: boolean): Promise<void> {
  const hasLock = await secrets.hasLock?.();
  if (hasLock === undefined) return;
  const hadLock = store.settings.get("lock") === "on";
  if (hadLock && !hasLock && !acceptsNoLock)
    throw new UsageError("lock-removed", "There was a lock, and it was not taken off here");
  if (hadLock !== hasLock) store.settings.set("lock", hasLock ? "on" : "off");
}

/** @returns the error that says that keys are not to be had. @throws any other */
function keysError(error: unknown): UsageError {
  if (error instanceof UsageError && (error.code === "keys-missing" || error.code === "keys-wrong"))
    return error;
  throw error;
}

/** Opens the store in `folder` with the home's database key, which is made at the first call. @throws as openHome */
export async function openStore(folder: string, keys: StoreKeys): Promise<OpenedStore> {
  const key = await keys.databaseKey();
  try {
    return Store.open(folder, key);
  } finally {
    key.fill(0);
  }
}
