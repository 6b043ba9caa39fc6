/** Compares the secrets of a store with its mark, before a step that would lose a missing one for good. */
import { UsageError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { IDENTITY_KEY_BYTES } from "../../protocol/limits.ts";
import { type KeyName, keyDigest, type StoreMark } from "../store/mark.ts";
import { DATABASE_KEY_BYTES } from "../store/seal.ts";
import { namesFor } from "./account.ts";

/** @param secrets in the clear, by their names. @throws UsageError "keys-missing", "keys-wrong" unless every key that the mark has a digest of is among them */
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
  return new UsageError("keys-missing", "The keyring does not give a key that the store here needs");
}

export function wrongKey(): UsageError {
  return new UsageError("keys-wrong", "The keyring gives another key than the store here needs");
}

/** @returns the key whose digest is in the mark, or undefined where the value has the wrong length */
function keyOf(name: KeyName, value: Uint8Array): Uint8Array | undefined {
  if (name === "databaseKey") return value.length === DATABASE_KEY_BYTES ? value : undefined;
  return value.length === IDENTITY_KEY_BYTES ? Identity.fromSeed(value).publicKey : undefined;
}
