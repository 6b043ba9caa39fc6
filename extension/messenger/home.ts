/** What a messenger finds when it starts: its store, its keyring and, with both, its account. */
import { Keyring, type Member, readMembership } from "./account.ts";
import { clearStage, finishRestore } from "./backup/swap.ts";
import type { MessengerOptions } from "./model.ts";
import { type OpenedStore, Store } from "./store/store.ts";

export interface Home {
  readonly keyring: Keyring;
  readonly store: Store;
  /** undefined where there is no account */
  readonly member: Member | undefined;
  /** Where stores that could not be used were moved to. */
  readonly setAside: readonly string[];
}

/** @throws UsageError "in-use", "wrong-state" as Store.open; what the disk and the vault say */
export async function openHome({ directory, secrets, log }: MessengerOptions): Promise<Home> {
  const keyring = new Keyring(secrets);
  await finishRestore(directory, keyring);
  let opened = await openStore(directory, keyring);
  clearStage(directory);
  const setAside = [opened.setAside];
  let membership = readMembership(opened.store.settings);
  const identity = await keyring.identity();
  if (membership !== undefined && identity === undefined) {
    // Its conversations are of no use without the identity, and its name on the server belongs to the lost key.
    opened.store.close();
    setAside.push(Store.setAside(directory));
    opened = await openStore(directory, keyring);
    membership = undefined;
  }
  const paths = setAside.filter((path) => path !== undefined);
  for (const path of paths) log.error(`The store could not be used and was set aside as ${path}`);
  return {
    keyring,
    store: opened.store,
    member: membership && identity && { membership, identity },
    setAside: paths,
  };
}

/** Opens the store with the keyring's database key, which is made at the first call. */
export async function openStore(directory: string, keyring: Keyring): Promise<OpenedStore> {
  const key = await keyring.databaseKey();
  try {
    return Store.open(directory, key);
  } finally {
    key.fill(0);
  }
}
