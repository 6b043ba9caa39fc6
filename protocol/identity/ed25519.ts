/**
 * Raw Ed25519 keys in and out of node:crypto, which takes and gives them wrapped in DER only. All of such a wrapping
 * but its last 32 bytes is the same for every key (RFC 8410 §4, §7), so raw keys are put behind, and cut off from,
 * these fixed bytes.
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

/** @param seed 32 bytes, the private key of RFC 8032 §5.1.5; not kept. @throws RangeError for another length */
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

/** @returns the 32-byte seed. The caller wipes it. */
export function seedOf(privateKey: KeyObject): Uint8Array {
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
  const seed = new Uint8Array(pkcs8.subarray(PKCS8_PREFIX.length, PKCS8_PREFIX.length + SEED_BYTES));
  pkcs8.fill(0);
  return seed;
}

/**
 * @param bytes 32 bytes, foreign
 * @throws for another length and for a key of small order; some builds also for bytes that are no point of the curve
 */
export function publicKeyFromBytes(bytes: Uint8Array): KeyObject {
  const withoutSign = Buffer.from(bytes);
  withoutSign[31] = (withoutSign[31] ?? 0) & 0x7f;
  if (SMALL_ORDER.has(withoutSign.toString("hex"))) throw new RangeError("An Ed25519 key of small order");
  return publicKeyOf(SPKI_PREFIX, bytes);
}

/** @returns the 32 bytes of the public key that belongs to `privateKey` */
export function publicKeyBytesOf(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(SPKI_PREFIX.length));
}
