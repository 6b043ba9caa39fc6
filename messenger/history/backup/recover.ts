/** Restores the keys of the store on this disk from a recovery file, after the keyring lost them. */

import { storeIn } from "../../account/put-aside.ts";
import { StoreKeys } from "../../account/store-keys.ts";
import type { SecretVault } from "../../model.ts";
import { keyDigest, readMark } from "../../store/mark.ts";
import { readBackup } from "./read.ts";

/**
 * Reads only the beginning of the file. The store must not be open.
 * @returns whether the file has the keys of that store. If not, nothing is changed
 * @throws UsageError "backup-unknown", "backup-damaged", "wrong-passphrase"; errors of the disk and the vault
 */
export async function recoverKeys(
  directory: string,
  vault: SecretVault,
  { path, passphrase }: { readonly path: string; readonly passphrase: string },
): Promise<boolean> {
  const mark = readMark(storeIn(directory));
  let seed: Uint8Array | undefined;
  let databaseKey: Uint8Array | undefined;
  try {
    for await (const record of readBackup(path, passphrase)) {
      if (record.kind === "account") {
        ({ seed } = record);
        continue;
      }
      if (record.kind === "store-keys" && record.store === mark?.id) ({ databaseKey } = record);
      break;
    }
    if (seed === undefined || databaseKey === undefined) return false;
    if (mark?.databaseKey !== keyDigest("databaseKey", databaseKey)) return false;
    const keys = StoreKeys.in(storeIn(directory), vault);
    await keys.keepDatabaseKey(databaseKey);
    await keys.keepIdentity(seed);
    return true;
  } finally {
    seed?.fill(0);
    databaseKey?.fill(0);
  }
}
