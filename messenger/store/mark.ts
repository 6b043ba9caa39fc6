/**
 * A small file beside the store that says which keys belong to it, without holding any. With it a key that is missing is told from
 * one that was never made, and from another store's: a keyring that gives nothing is then no reason to make, rename or store anything.
 */
import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { replaceFileSync } from "../../protocol/replace-file.ts";

export const MARK_FILE = "store.json";
const ID_BYTES = 16;

/** Part of the names of a store's secrets: a keyring may be shared by stores on several machines. */
export type StoreId = string & { readonly __brand: "StoreId" };

/** The keys that a mark vouches for. */
export type KeyName = "databaseKey" | "identityKey" | "restoredKey";

export interface StoreMark {
  readonly id: StoreId;
  /** Digest of the key, once it is in the keyring. */
  readonly databaseKey?: string | undefined;
  /** Digest of the public identity key, likewise. */
  readonly identityKey?: string | undefined;
  /** Digest of the public identity key of a restore that was decided and isn't finished. */
  readonly restoredKey?: string | undefined;
}

export const StoreIdSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{32}$/),
  v.transform((id) => id as StoreId),
);
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const MarkSchema = v.object({
  id: StoreIdSchema,
  databaseKey: v.optional(digest),
  identityKey: v.optional(digest),
  restoredKey: v.optional(digest),
});

export function newStoreId(): StoreId {
  return randomBytes(ID_BYTES).toString("hex") as StoreId;
}

/** @returns undefined where there is none, or one that does not parse. @throws errors of the disk */
export function readMark(directory: string): StoreMark | undefined {
  try {
    const parsed = v.safeParse(MarkSchema, JSON.parse(readFileSync(join(directory, MARK_FILE), "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch (error) {
    if (
      error instanceof SyntaxError ||
      (error instanceof Error && "code" in error && error.code === "ENOENT")
    )
      return undefined;
    throw error;
  }
}

/** Replaces the mark; it is on disk when this returns. @param directory is there */
export function writeMark(directory: string, mark: StoreMark): void {
  const path = join(directory, MARK_FILE);
  const made = `${path}.new`;
  rmSync(made, { force: true });
  const file = openSync(made, "wx", 0o600);
  try {
    writeSync(file, JSON.stringify(mark));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  replaceFileSync(made, path);
}

/** @returns SHA-256 of the key and its name. Reveals nothing about the key, which has full entropy */
export function keyDigest(name: KeyName, key: Uint8Array): string {
  return createHash("sha256").update(`parley ${name}\0`).update(key).digest("hex");
}
