/**
 * ML-KEM-768 (FIPS 203), the post-quantum half of the handshake. Native where node:crypto has it (Node 24.7
 * with OpenSSL 3.5), otherwise @noble/post-quantum, which VS Code's Electron needs.
 */
import * as crypto from "node:crypto";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { ProtocolError } from "../errors.ts";
import { publicKeyOf } from "../node-crypto.ts";

export const KEM_PUBLIC_KEY_BYTES = 1184;
export const KEM_CIPHERTEXT_BYTES = 1088;
const MODULUS = 3329;
/** 3 polynomials of 256 coefficients, 12 bits each; the rest of a public key is a seed. */
const COEFFICIENTS_BYTES = 3 * 384;

export interface KemKeyPair {
  /** KEM_PUBLIC_KEY_BYTES */
  readonly publicKey: Uint8Array;
  /**
   * Decapsulates with the private key, which it does not expose.
   * @param ciphertext KEM_CIPHERTEXT_BYTES.
   * @returns 32 bytes; for a forged ciphertext an unrelated secret (FIPS 203 §6.3).
   */
  readonly decapsulate: (ciphertext: Uint8Array) => Uint8Array;
}
interface Encapsulation {
  /** KEM_CIPHERTEXT_BYTES */
  readonly ciphertext: Uint8Array;
  /** 32 bytes */
  readonly sharedSecret: Uint8Array;
}
export interface Kem {
  generateKeyPair(): KemKeyPair;
  /**
   * Encapsulates a fresh secret.
   * @param publicKey foreign bytes.
   * @throws ProtocolError "bad-handshake" when they are not an ML-KEM-768 public key.
   */
  encapsulate(publicKey: Uint8Array): Encapsulation;
}

export const portableKem: Kem = {
  generateKeyPair() {
    const { publicKey, secretKey } = ml_kem768.keygen();
    return { publicKey, decapsulate: (ciphertext) => ml_kem768.decapsulate(ciphertext, secretKey) };
  },
  encapsulate(publicKey) {
    requirePublicKey(publicKey);
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey);
    return { ciphertext: cipherText, sharedSecret };
  },
};

// SubjectPublicKeyInfo of id-alg-ml-kem-768 (RFC 9935); the raw key follows.
const SPKI_HEAD = Buffer.from("308204b2300b0609608648016503040402038204a100", "hex");

const native: Kem = {
  generateKeyPair() {
    const { publicKey, privateKey } = crypto.generateKeyPairSync("ml-kem-768");
    return {
      publicKey: publicKey.export({ format: "der", type: "spki" }).subarray(SPKI_HEAD.length),
      decapsulate: (ciphertext) => crypto.decapsulate(privateKey, ciphertext),
    };
  },
  encapsulate(publicKey) {
    requirePublicKey(publicKey);
    const { ciphertext, sharedKey } = crypto.encapsulate(publicKeyOf(SPKI_HEAD, publicKey));
    return { ciphertext, sharedSecret: sharedKey };
  },
};

/**
 * node:crypto's own, or undefined where this runtime lacks it. Found by trying, since a version number does
 * not reveal the crypto library underneath.
 */
export const nativeKem: Kem | undefined = works(native) ? native : undefined;

/** The faster implementation that runs here; both produce the same bytes. */
export const kem: Kem = nativeKem ?? portableKem;

function works(candidate: Kem): boolean {
  try {
    const pair = candidate.generateKeyPair();
    const { ciphertext, sharedSecret } = candidate.encapsulate(pair.publicKey);
    return Buffer.from(pair.decapsulate(ciphertext)).equals(sharedSecret);
  } catch {
    return false;
  }
}

/**
 * Checks a public key as FIPS 203 §7.2 asks: length, and every coefficient (12 bits, little-endian) below the
 * modulus. Our own check, so that both providers accept the same keys: @noble/post-quantum 0.5.2 accepts
 * coefficients above the modulus, and a DER parser accepts surplus bytes.
 */
function requirePublicKey(key: Uint8Array): void {
  if (key.length !== KEM_PUBLIC_KEY_BYTES)
    throw new ProtocolError("bad-handshake", `an ML-KEM-768 public key of ${key.length} bytes`);
  const view = new DataView(key.buffer, key.byteOffset, COEFFICIENTS_BYTES);
  for (let at = 0; at < COEFFICIENTS_BYTES; at += 3) {
    const pair = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    if ((pair & 0xfff) >= MODULUS || pair >> 12 >= MODULUS)
      throw new ProtocolError("bad-handshake", "not an ML-KEM-768 public key");
  }
}
