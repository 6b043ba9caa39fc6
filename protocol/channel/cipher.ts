/** AES-256-GCM with a counting nonce: Noise rev 34 §5.1 (CipherState), §12.4 (AESGCM). */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { ProtocolError, UsageError } from "../errors.ts";

const KEY_BYTES = 32;
export const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const ALGORITHM = "aes-256-gcm";
const OPTIONS = { authTagLength: TAG_BYTES };
// Noise rev 34 §4.2: REKEY encrypts 32 zeros under the nonce 2^64 - 1, which no message ever uses.
const REKEY_NONCE = Buffer.from("00000000ffffffffffffffff", "hex");
const REKEY_INPUT = Buffer.alloc(KEY_BYTES);

/** One buffer for all: node:crypto copies it at once. Otherwise each connection would keep two. */
const nonceBytes = Buffer.alloc(NONCE_BYTES);

/**
 * Counts messages and stops before it would repeat: at 2^53 - 1 instead of Noise's 2^64 - 1, because a
 * JavaScript number is exact only up to there. At a million messages a second that takes 285 years.
 */
export class Nonce {
  #count: number;

  /**
   * @param start for tests of the last values; a key in use starts at 0.
   */
  constructor(start = 0) {
    this.#count = start;
  }

  /**
   * Encodes the nonce.
   * @returns four zero bytes and the u64 big-endian count, in a buffer that the next call on any nonce
   * overwrites.
   * @throws UsageError "wrong-state" when used up.
   */
  bytes(): Uint8Array {
    if (this.#count >= Number.MAX_SAFE_INTEGER)
      throw new UsageError("wrong-state", "every nonce of this key is used");
    nonceBytes.writeUInt32BE(Math.floor(this.#count / 2 ** 32), 4);
    nonceBytes.writeUInt32BE(this.#count % 2 ** 32, 8);
    return nonceBytes;
  }

  advance(): void {
    this.#count += 1;
  }
}

/** One direction's key and count. Callers never choose a nonce, so no two messages share one. */
export class CipherState {
  // One KeyObject per key: node:crypto would otherwise copy and check the raw bytes for every message.
  #key: KeyObject | undefined;
  readonly #nonce = new Nonce();

  /** @param key 32 bytes; copied. */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  /** EncryptWithAd(ad, plaintext). @returns ciphertext and 16-byte tag, in a new buffer; the arguments are not changed. */
  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return Buffer.concat(this.encryptApart(ad, plaintext));
  }

  /**
   * Encrypts as encryptWithAd() does, for callers that join the parts themselves.
   * @returns the ciphertext and its 16-byte tag
   */
  encryptApart(ad: Uint8Array, plaintext: Uint8Array): [Uint8Array, Uint8Array] {
    const cipher = createCipheriv(ALGORITHM, this.#liveKey(), this.#nonce.bytes(), OPTIONS);
    this.#nonce.advance();
    cipher.setAAD(ad);
    const ciphertext = cipher.update(plaintext);
    cipher.final(); // In GCM, update() returns all the ciphertext; final() only makes the tag.
    return [ciphertext, cipher.getAuthTag()];
  }

  /**
   * DecryptWithAd(ad, ciphertext).
   * @param ciphertext foreign bytes, tag last; not changed.
   * @returns the plaintext, in a new buffer.
   * @throws ProtocolError "bad-record" when the tag fails; the count is then unchanged.
   */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const key = this.#liveKey();
    const tagAt = ciphertext.length - TAG_BYTES;
    if (tagAt < 0) throw new ProtocolError("bad-record", `${ciphertext.length} bytes are too few for a tag`);
    const decipher = createDecipheriv(ALGORITHM, key, this.#nonce.bytes(), OPTIONS);
    decipher.setAAD(ad);
    decipher.setAuthTag(ciphertext.subarray(tagAt));
    const plaintext = decipher.update(ciphertext.subarray(0, tagAt));
    try {
      // In GCM, update() returns all the plaintext; final() only checks the tag.
      decipher.final();
    } catch (cause) {
      throw new ProtocolError(
        "bad-record",
        "the tag does not fit: forged, out of order, or under another key",
        { cause },
      );
    }
    this.#nonce.advance();
    return plaintext;
  }

  /**
   * Rekey(), Noise rev 34 §4.2 and §11.3: the old key cannot be derived from the new one. The count
   * continues.
   */
  rekey(): void {
    const cipher = createCipheriv(ALGORITHM, this.#liveKey(), REKEY_NONCE, OPTIONS);
    this.#key = createSecretKey(cipher.update(REKEY_INPUT));
  }

  /** Deletes the key; every later call throws UsageError "wrong-state". */
  discard(): void {
    this.#key = undefined;
  }

  #liveKey(): KeyObject {
    if (this.#key === undefined) throw new UsageError("wrong-state", "this key was discarded");
    return this.#key;
  }
}
