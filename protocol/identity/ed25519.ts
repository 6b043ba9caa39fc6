/**
 * Converts raw Ed25519 keys to and from node:crypto's keys, which only accept DER. Everything but the last 32
 * bytes of the DER is the same for every key (RFC 8410 §4, §7), so these fixed bytes are put before a raw
 * key, or cut off.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { publicKeyOf } from "../node-crypto.ts";

const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Every encoding of a point of small order, its sign bit cleared (the same seven that libsodium refuses). Under such
 * a key one signature fits many contents. OpenSSL refuses them too; BoringSSL, in VS Code's Electron, does not.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

export const SEED_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/**
 * Makes a private key.
 * @param seed 32 bytes, the private key of RFC 8032 §5.1.5; not kept.
 * @throws RangeError for another length
 */
export function privateKeyFromSeed(seed: Uint8Array): KeyObject {
  if (seed.length !== SEED_BYTES)
    throw new RangeError(`An Ed25519 seed has ${SEED_BYTES} bytes, this one ${seed.length}`);
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  } finally {
    pkcs8.fill(0);
  }
}

/** Returns the 32-byte seed. The caller wipes it. */
export function seedOf(privateKey: KeyObject): Uint8Array {
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
  const seed = new Uint8Array(pkcs8.subarray(PKCS8_PREFIX.length, PKCS8_PREFIX.length + SEED_BYTES));
  pkcs8.fill(0);
  return seed;
}

/**
 * Makes a public key.
 * @param bytes 32 bytes, foreign
 * @throws for another length and for a key of small order; some builds also for bytes that are not a point of
 * the curve
 */
export function publicKeyFromBytes(bytes: Uint8Array): KeyObject {
  const withoutSign = Buffer.from(bytes);
  withoutSign[31] = (withoutSign[31] ?? 0) & 0x7f;
  if (SMALL_ORDER.has(withoutSign.toString("hex"))) throw new RangeError("An Ed25519 key of small order");
  return publicKeyOf(SPKI_PREFIX, bytes);
}

/** Returns the 32 bytes of the public key that belongs to `privateKey`. */
export function publicKeyBytesOf(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(SPKI_PREFIX.length));
}
