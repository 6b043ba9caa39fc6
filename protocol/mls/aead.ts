/**
 * Authenticated encryption (RFC 5116): the 16-byte tag follows the ciphertext. Keys are passed as KeyObjects;
 * key-objects.ts explains why.
 */
import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { EMPTY } from "./bytes.ts";
import { VerificationError } from "./errors.ts";

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

export interface Aead {
  /** HPKE's number (RFC 9180 §7.3). */
  readonly id: number;
  /** Nk and Nn */
  readonly keyBytes: number;
  readonly nonceBytes: number;
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /**
   * Opens a ciphertext.
   * @param sealed not modified.
   * @throws VerificationError
   */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

export const aes128Gcm = aead("aes-128-gcm", 0x0001, 16);
export const aes256Gcm = aead("aes-256-gcm", 0x0002, 32);
const chacha20 = aead("chacha20-poly1305", 0x0003, 32);
/** Undefined where this runtime lacks it, e.g. on BoringSSL. Found by trying. */
export const chacha20Poly1305: Aead | undefined = works(chacha20) ? chacha20 : undefined;

function works(candidate: Aead): boolean {
  try {
    candidate.seal(new Uint8Array(candidate.keyBytes), new Uint8Array(NONCE_BYTES), EMPTY, EMPTY);
    return true;
  } catch {
    return false;
  }
}

function aead(name: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305", id: number, keyBytes: number): Aead {
  // The types distinguish GCM from ChaCha; the calls are the same.
  const algorithm = name as "aes-256-gcm";
  const options = { authTagLength: TAG_BYTES };
  return {
    id,
    keyBytes,
    nonceBytes: NONCE_BYTES,
    seal(key, nonce, aad, plaintext) {
      const cipher = createCipheriv(algorithm, createSecretKey(key), nonce, options);
      cipher.setAAD(aad);
      const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
      sealed.set(cipher.update(plaintext));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plaintext.length);
      return sealed;
    },
    open(key, nonce, aad, sealed) {
      const end = sealed.length - TAG_BYTES;
      if (end < 0) throw new VerificationError("RFC 5116 §2.2", "A ciphertext is shorter than its tag");
      const decipher = createDecipheriv(algorithm, createSecretKey(key), nonce, options);
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(end));
      const plaintext = decipher.update(sealed.subarray(0, end));
      try {
        decipher.final(); // before any plaintext is returned
      } catch {
        plaintext.fill(0);
        throw new VerificationError("RFC 5116 §2.2", "A ciphertext does not open with this key");
      }
      return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
    },
  };
}
