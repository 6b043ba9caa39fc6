/** X25519 (RFC 7748): scalars and points of 32 bytes, on node:crypto. */
import { diffieHellman } from "node:crypto";
import { random } from "./bytes.ts";
import { ValidationError } from "./errors.ts";
import type { KeyPair } from "./kem.ts";
import { privateKeys, publicKeys, rawPublicKey } from "./key-objects.ts";

export const X25519_BYTES = 32;
const privateKeyOf = privateKeys("302e020100300506032b656e04220420");
const publicKeyOf = publicKeys("302a300506032b656e032100");

/**
 * Makes a key pair.
 * @param privateKey 32 bytes, any value; kept
 */
export const x25519KeyPair = (privateKey: Uint8Array): KeyPair => ({
  publicKey: rawPublicKey(privateKeyOf(privateKey)),
  privateKey,
});

export const newX25519KeyPair = (): KeyPair => x25519KeyPair(random(X25519_BYTES));

/**
 * Computes a shared secret.
 * @throws ValidationError for a point of small order: the result would be zero, known to everybody (RFC 7748
 * §6.1)
 */
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(
      diffieHellman({ privateKey: privateKeyOf(privateKey), publicKey: publicKeyOf(publicKey) }),
    );
  } catch (cause) {
    throw new ValidationError("RFC 7748 §6.1", "An X25519 public key of small order", { cause });
  }
}

/**
 * Every point whose order divides 8, by its u-coordinate without the bit that X25519 ignores, and p, p + 1, p
 * - 1 unreduced.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** Returns whether x25519() accepts these foreign bytes as a public key. */
export function isX25519PublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== X25519_BYTES) return false;
  const u = Buffer.from(bytes);
  u[31] = (u[31] ?? 0) & 0x7f;
  return !SMALL_ORDER.has(u.toString("hex"));
}
