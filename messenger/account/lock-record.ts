/** The lock's record in the vault, and the sealing of secrets by the key in it. */
import * as v from "valibot";
import { DATABASE_KEY_BYTES, StoreKey } from "../store/seal.ts";
import { isPayable, type PassphraseCost, stretch } from "./passphrase.ts";

/** Prefix of sealed values. Base64 contains no colon, so it is unambiguous. */
export const SEALED = "sealed:";

const bytes = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text): Uint8Array => Buffer.from(text, "base64")),
);
export const LockSchema = v.object({
  costLog2: v.number(),
  salt: bytes,
  sealedKey: bytes,
  /** During a change of the lock: the final value of each secret, by name. */
  changing: v.exactOptional(v.record(v.string(), v.string())),
});
export type Lock = v.InferInput<typeof LockSchema>;

/** @returns undefined if this is not a record that setPassphrase() stored */
export function readLock(json: string): Lock | undefined {
  try {
    const lock: unknown = JSON.parse(json);
    const parsed = v.safeParse(LockSchema, lock);
    return parsed.success && isPayable(parsed.output) ? (lock as Lock) : undefined;
  } catch {
    return undefined; // not JSON
  }
}

export const KEY_PLACE = { table: "vault", column: "lock", row: "key" };

export function place(name: string) {
  return { table: "vault", column: "secret", row: name };
}

export function seal(key: StoreKey, name: string, value: string): string {
  const sealed = key.seal(Buffer.from(value, "utf8"), place(name));
  return SEALED + Buffer.from(sealed).toString("base64");
}

export function allSealed(key: StoreKey, secrets: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...secrets].map(([name, value]) => [name, seal(key, name, value)]));
}

export async function passphraseKey(passphrase: string, cost: PassphraseCost): Promise<StoreKey> {
  const stretched = await stretch(passphrase, cost, DATABASE_KEY_BYTES);
  try {
    return new StoreKey(stretched);
  } finally {
    stretched.fill(0);
  }
}
