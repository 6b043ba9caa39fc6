/**
 * Key encapsulation for HPKE (RFC 9180 §4): the operations of a suite's KEM. Keys are raw bytes in the form
 * of SerializePublicKey and SerializePrivateKey.
 */

import { ascii, concat, wipe } from "./bytes.ts";
import { hkdfSha256 } from "./kdf.ts";

export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

export interface Encapsulated {
  /** `enc`, which RFC 9420 calls kem_output. */
  readonly kemOutput: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

export interface Kem {
  /** HPKE's number (RFC 9180 §7.1). */
  readonly id: number;
  generateKeyPair(): KeyPair;
  /**
   * Derives a key pair.
   * @param ikm secret, not kept
   */
  deriveKeyPair(ikm: Uint8Array): KeyPair;
  /**
   * Returns whether encapsulate() accepts these foreign bytes; a key that it does not accept must never enter
   * a tree.
   */
  isPublicKey(bytes: Uint8Array): boolean;
  encapsulate(publicKey: Uint8Array): Encapsulated;
  /**
   * Decapsulates.
   * @throws VerificationError where `kemOutput` cannot be an encapsulation
   */
  decapsulate(privateKey: Uint8Array, kemOutput: Uint8Array): Uint8Array;
}

const VERSION = ascii("HPKE-v1");

/** LabeledExtract and LabeledExpand (RFC 9180 §4) with one suite_id. */
export function labeled(suiteId: Uint8Array, kdf = hkdfSha256) {
  return {
    extract(salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
      const input = concat(VERSION, suiteId, ascii(label), ikm);
      const prk = kdf.extract(salt, input);
      wipe(input);
      return prk;
    },
    expand: (prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array =>
      kdf.expand(prk, concat(uint16(length), VERSION, suiteId, ascii(label), info), length),
  };
}

export const kemSuiteId = (id: number): Uint8Array => concat(ascii("KEM"), uint16(id));

/** I2OSP(n, 2) */
export const uint16 = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 0xff);
