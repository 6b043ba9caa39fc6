/**
 * Handles stores that were put aside because their keys were missing. Each is complete, in its own folder, and is used again once the
 * keyring has its key. So two browsers with separate keyrings can share one folder, and each opens its own store.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { replaceFileSync } from "../../protocol/replace-file.ts";
import type { MessengerLog, SecretVault } from "../model.ts";
import { hasKeys } from "./store-keys.ts";

const ASIDE = /^put-aside-\d{4}-\d\d-\d\dT[\d-]+\.\d{3}Z$/;

/** @returns the folder of the store in use */
export function storeIn(directory: string): string {
  return join(directory, "store");
}

/** Moves the store and its mark to another folder. It must not be open. @returns that folder; undefined if there is no store */
export function putAside(directory: string, now = new Date()): string | undefined {
  if (!existsSync(storeIn(directory))) return undefined;
  const aside = join(directory, `put-aside-${now.toISOString().replaceAll(":", "-")}`);
  replaceFileSync(storeIn(directory), aside);
  return aside;
}

/** @returns the folder of the newest store that was put aside and whose key the vault has */
export async function findRecoverable(directory: string, vault: SecretVault): Promise<string | undefined> {
  for (const folder of asideIn(directory)) if (await hasKeys(folder, vault)) return folder;
  return undefined;
}

/**
 * Uses the store in `folder` again, and puts the one in use aside, if there is one. Neither may be open. After a crash between these two
 * steps no store is in use, and the next start repeats the second.
 */
export function restoreAside(directory: string, folder: string, log: MessengerLog): void {
  const aside = putAside(directory);
  replaceFileSync(folder, storeIn(directory));
  const other = aside === undefined ? "" : `; the store that was in use is ${aside}`;
  log.info(`The store in ${folder} is in use again, since the keyring has its key${other}`);
}

/** Lists the folders of stores that were put aside, newest first. */
function asideIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => ASIDE.test(name))
    .sort()
    .reverse()
    .map((name) => join(directory, name));
}
