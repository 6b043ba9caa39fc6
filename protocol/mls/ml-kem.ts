/**
 * ML-KEM-768 (FIPS 203) with seeds as private keys: native where node:crypto has it (Node 24.7 with OpenSSL
 * 3.5), otherwise @noble/post-quantum, which VS Code's Electron needs. Both produce the same bytes.
 */
import * as crypto from "node:crypto";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { random } from "./bytes.ts";
import type { Encapsulated } from "./kem.ts";
import { privateKeys, publicKeys } from "./key-objects.ts";

export const ML_KEM_PUBLIC_KEY_BYTES = 1184;
export const ML_KEM_CIPHERTEXT_BYTES = 1088;
/** d | z (FIPS 203 §6.1) */
export const ML_KEM_SEED_BYTES = 64;

export interface MlKem {
  /**
   * Returns the public key of a seed, ML_KEM_PUBLIC_KEY_BYTES.
   * @param seed ML_KEM_SEED_BYTES
   */
  publicKey(seed: Uint8Array): Uint8Array;
  /**
   * Encapsulates a fresh secret.
   * @param publicKey one that isMlKemPublicKey() has accepted
   */
  encapsulate(publicKey: Uint8Array): Encapsulated;
  /**
   * Decapsulates.
   * @param ciphertext ML_KEM_CIPHERTEXT_BYTES.
   * @returns 32 bytes; for a forged ciphertext an unrelated secret (§6.3)
   */
  decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

export const portableMlKem: MlKem = {
  publicKey: (seed) => ml_kem768.keygen(seed).publicKey,
  encapsulate(publicKey) {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey);
    return { kemOutput: cipherText, sharedSecret };
  },
  decapsulate(seed, ciphertext) {
    const { secretKey } = ml_kem768.keygen(seed);
    const sharedSecret = ml_kem768.decapsulate(ciphertext, secretKey);
    secretKey.fill(0);
    return sharedSecret;
  },
};

// RFC 9935: SubjectPublicKeyInfo, and PrivateKeyInfo that holds the seed alone.
const SPKI_HEAD = "308204b2300b0609608648016503040402038204a100";
const privateKeyOf = privateKeys("3054020100300b060960864801650304040204428040");
const publicKeyOf = publicKeys(SPKI_HEAD);

const native: MlKem = {
  publicKey(seed) {
    const der = crypto.createPublicKey(privateKeyOf(seed)).export({ format: "der", type: "spki" });
    return new Uint8Array(der.subarray(SPKI_HEAD.length / 2));
  },
  encapsulate(publicKey) {
    const { ciphertext, sharedKey } = crypto.encapsulate(publicKeyOf(publicKey));
    return { kemOutput: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) };
  },
  decapsulate: (seed, ciphertext) => new Uint8Array(crypto.decapsulate(privateKeyOf(seed), ciphertext)),
};

/**
 * node:crypto's own, or undefined where this runtime lacks it. Found by trying, since a version number does
 * not reveal it.
 */
export const nativeMlKem: MlKem | undefined = works(native) ? native : undefined;

function works(candidate: MlKem): boolean {
  try {
    const seed = random(ML_KEM_SEED_BYTES);
    const { kemOutput, sharedSecret } = candidate.encapsulate(candidate.publicKey(seed));
    return Buffer.from(candidate.decapsulate(seed, kemOutput)).equals(sharedSecret);
  } catch {
    return false;
  }
}

const MODULUS = 3329;
/** 3 polynomials of 256 coefficients, 12 bits each; the rest of a public key is a seed. */
const COEFFICIENTS_BYTES = 3 * 384;

/**
 * Checks a public key as FIPS 203 §7.2 asks: length, and every coefficient (12 bits, little-endian) below the
 * modulus. Our own check, so that both providers accept the same keys: @noble/post-quantum 0.5.2 accepts
 * coefficients above the modulus.
 */
export function isMlKemPublicKey(key: Uint8Array): boolean {
  if (key.length !== ML_KEM_PUBLIC_KEY_BYTES) return false;
  const view = new DataView(key.buffer, key.byteOffset, COEFFICIENTS_BYTES);
  for (let at = 0; at < COEFFICIENTS_BYTES; at += 3) {
    const pair = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    if ((pair & 0xfff) >= MODULUS || pair >> 12 >= MODULUS) return false;
  }
  return true;
}
