/** Noise rev 34 §5.2: the chaining key and hash that every handshake token is mixed into. Hash: SHA-256 (§12.5). */
import { createSecretKey, hash, hkdfSync } from "node:crypto";
import { CipherState, TAG_BYTES } from "./cipher.ts";

const HASH_BYTES = 32;
const EMPTY = new Uint8Array(0);

export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  /** Noise's "k is empty": before the first MixKey nothing is encrypted. */
  #cipher: CipherState | undefined;

  constructor(protocolName: string) {
    const name = Buffer.from(protocolName, "ascii");
    this.#hash = name.length <= HASH_BYTES ? Buffer.concat([name], HASH_BYTES) : sha256(name);
    this.#chainingKey = this.#hash;
  }

  /** h, 32 bytes; never changed in place. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** Bytes that encryptAndHash adds in the current state. */
  get overhead(): number {
    return this.#cipher === undefined ? 0 : TAG_BYTES;
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#chainingKey, inputKeyMaterial);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(this.#hash, data);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher?.encryptWithAd(this.#hash, plaintext) ?? plaintext;
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** @throws ProtocolError when the tag fails. */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher?.decryptWithAd(this.#hash, ciphertext) ?? Uint8Array.from(ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** Returns the keys of the two directions, initiator to responder first. */
  split(): [CipherState, CipherState] {
    const [first, second] = hkdf(this.#chainingKey, EMPTY);
    return [new CipherState(first), new CipherState(second)];
  }
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return hash("sha256", parts.length === 1 ? (parts[0] ?? EMPTY) : Buffer.concat(parts), "buffer");
}

/** HKDF with two outputs, Noise rev 34 §4.3: RFC 5869 with the chaining key as salt and no info. */
function hkdf(chainingKey: Uint8Array, inputKeyMaterial: Uint8Array): [Uint8Array, Uint8Array] {
  const key = createSecretKey(inputKeyMaterial);
  const both = new Uint8Array(hkdfSync("sha256", key, chainingKey, EMPTY, 2 * HASH_BYTES));
  return [both.slice(0, HASH_BYTES), both.slice(HASH_BYTES)];
}
