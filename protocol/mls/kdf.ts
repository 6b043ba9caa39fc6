/** Hash, MAC and HKDF (RFC 5869) of a suite, on node:crypto. */
import { createHash, createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

export interface Kdf {
  /** HPKE's number (RFC 9180 §7.2). */
  readonly id: number;
  /** KDF.Nh, bytes; also the length of a hash and of a MAC. */
  readonly bytes: number;
  hash(...parts: readonly Uint8Array[]): Uint8Array;
  mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /** Compares in constant time. */
  verifyMac(key: Uint8Array, mac: Uint8Array, ...parts: readonly Uint8Array[]): boolean;
  extract(salt: Uint8Array, ikm: Uint8Array): Uint8Array;
  /**
   * HKDF-Expand.
   * @param length bytes, at most 255 times Nh
   */
  expand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array;
}

export const hkdfSha256 = hkdf("sha256", 0x0001, 32);
export const hkdfSha512 = hkdf("sha512", 0x0003, 64);

function hkdf(name: "sha256" | "sha512", id: number, bytes: number): Kdf {
  const mac: Kdf["mac"] = (key, ...parts) => {
    const hmac = createHmac(name, createSecretKey(key));
    for (const part of parts) hmac.update(part);
    return plain(hmac.digest());
  };
  return {
    id,
    bytes,
    mac,
    hash(...parts) {
      const hash = createHash(name);
      for (const part of parts) hash.update(part);
      return plain(hash.digest());
    },
    verifyMac(key, given, ...parts) {
      const expected = mac(key, ...parts);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    extract: mac, // RFC 5869 §2.2
    expand(prk, info, length) {
      if (length > 255 * bytes) throw new RangeError("HKDF expands to at most 255 blocks");
      const first = mac(prk, info, Uint8Array.of(1));
      if (length <= bytes) return length === bytes ? first : first.slice(0, length);
      const okm = new Uint8Array(length); // RFC 5869 §2.3: T(i) = HMAC(prk, T(i-1) | info | i)
      for (let offset = 0, i = 1, block = first; offset < length; offset += bytes) {
        okm.set(block.subarray(0, length - offset), offset);
        i++;
        if (offset + bytes < length) block = mac(prk, block, info, Uint8Array.of(i));
      }
      return okm;
    },
  };
}

/** Copies a Buffer: its slice() is a view of memory that may be shared, and kept values need their own. */
const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);
