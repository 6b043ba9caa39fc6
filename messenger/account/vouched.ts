/** Compares a store's secrets with its mark, before a step that would make the loss of a secret permanent. */
import { UsageError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { IDENTITY_KEY_BYTES } from "../../protocol/limits.ts";
import { type KeyName, keyDigest, type StoreMark } from "../store/mark.ts";
import { DATABASE_KEY_BYTES } from "../store/seal.ts";
import { namesFor } from "./account.ts";

/**
 * Checks that all keys of a store are present.
 * @param secrets unsealed, by name.
 * @throws UsageError "keys-missing", "keys-wrong" unless they include each key whose digest is in the mark
 */
export function assertVouched(mark: StoreMark, secrets: ReadonlyMap<string, string>): void {
  const { databaseKey, identity, restoredIdentity } = namesFor(mark.id);
  for (const [name, secret] of [
    ["databaseKey", databaseKey],
    ["identityKey", identity],
    ["restoredKey", restoredIdentity],
  ] as const) {
    const digest = mark[name];
    if (digest === undefined) continue;
    const key = keyOf(name, Buffer.from(secrets.get(secret) ?? "", "base64"));
    if (key === undefined) throw missingKey();
    if (keyDigest(name, key) !== digest) throw wrongKey();
  }
}

export function missingKey(): UsageError {
  return new UsageError("keys-missing", "The keyring lacks a key of this store");
}

export function wrongKey(): UsageError {
  return new UsageError("keys-wrong", "The keyring has another key than this store needs");
}

/** @returns the key whose digest is in the mark, or undefined if the value has the wrong length */
function keyOf(name: KeyName, value: Uint8Array): Uint8Array | undefined {
  if (name === "databaseKey") return value.length === DATABASE_KEY_BYTES ? value : undefined;
  return value.length === IDENTITY_KEY_BYTES ? Identity.fromSeed(value).publicKey : undefined;
}
