/** Signature schemes of the suites: Ed25519 (RFC 8032) and ECDSA with P-256 and SHA-256 (RFC 9420 §5.1.1, §5.1.2). */
import { createECDH, type KeyObject, sign, verify } from "node:crypto";
import { random } from "./bytes.ts";
import { privateKeys, publicKeys, rawPublicKey } from "./key-objects.ts";

export interface Signature {
  /** Returns 32 secret bytes: the seed of Ed25519 (RFC 8032 §5.1.5), the scalar of P-256. */
  generate(): Uint8Array;
  publicKey(privateKey: Uint8Array): Uint8Array;
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** Returns false also for an invalid key. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

const ed25519Private = privateKeys("302e020100300506032b657004220420");
const ed25519Public = publicKeys("302a300506032b6570032100");

export const ed25519: Signature = {
  generate: () => random(32),
  publicKey: (privateKey) => rawPublicKey(ed25519Private(privateKey)),
  sign: (privateKey, message) => new Uint8Array(sign(null, message, ed25519Private(privateKey))),
  verify: (publicKey, message, signature) =>
    publicKey.length === 32 &&
    signature.length === 64 &&
    holds(null, message, publicKey, ed25519Public, signature),
};

const p256Private = privateKeys("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
const p256Public = publicKeys("3059301306072a8648ce3d020106082a8648ce3d030107034200");

export const ecdsaP256: Signature = {
  generate() {
    const ecdh = createECDH("prime256v1");
    ecdh.generateKeys();
    const scalar = new Uint8Array(32);
    const key = ecdh.getPrivateKey(); // shorter where it begins with zeros
    scalar.set(key, 32 - key.length);
    return scalar;
  },
  publicKey(privateKey) {
    const ecdh = createECDH("prime256v1");
    ecdh.setPrivateKey(privateKey);
    return new Uint8Array(ecdh.getPublicKey());
  },
  sign: (privateKey, message) => new Uint8Array(sign("sha256", message, p256Private(privateKey))),
  verify: (publicKey, message, signature) =>
    publicKey.length === 65 && holds("sha256", message, publicKey, p256Public, signature),
};

function holds(
  hash: "sha256" | null,
  message: Uint8Array,
  raw: Uint8Array,
  keyOf: (raw: Uint8Array) => KeyObject,
  signature: Uint8Array,
): boolean {
  try {
    return verify(hash, message, keyOf(raw), signature);
  } catch {
    return false; // not a point of the curve: some builds of the crypto library throw, others return false
  }
}
