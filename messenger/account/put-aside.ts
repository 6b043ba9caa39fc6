/**
 * Stores that were put aside because their keys were missing, each whole in a folder of its own. Such a store comes back by itself once
 * the keyring has its key again: so two browsers with a keyring each may use one folder, and each finds its own.
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

/** Moves the store away, with its mark; nobody has it open. @returns where it is now; undefined where there was none */
export function putAside(directory: string, now = new Date()): string | undefined {
  if (!existsSync(storeIn(directory))) return undefined;
  const aside = join(directory, `put-aside-${now.toISOString().replaceAll(":", "-")}`);
  replaceFileSync(storeIn(directory), aside);
  return aside;
}

/** @returns a store that was put aside and whose key the vault has, the newest of them */
export async function findRecoverable(directory: string, vault: SecretVault): Promise<string | undefined> {
  for (const folder of asideIn(directory)) if (await hasKeys(folder, vault)) return folder;
  return undefined;
}

/**
 * Puts the store in `folder` in the place of the one in use, if there is any; nobody has either open. A cut between the two steps leaves
 * none in use, and the next start completes it.
 */
export function bringBack(directory: string, folder: string, log: MessengerLog): void {
  const aside = putAside(directory);
  replaceFileSync(folder, storeIn(directory));
  const other = aside === undefined ? "" : `; the store that was in use is ${aside}`;
  log.info(`The store in ${folder} is in use again, since the keyring has its key${other}`);
}

/** Lists the folders of stores put aside, newest first. */
function asideIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => ASIDE.test(name))
    .sort()
    .reverse()
    .map((name) => join(directory, name));
}
