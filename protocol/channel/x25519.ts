/** X25519 (RFC 7748) as Noise rev 34 §12.1 uses it: 32-byte keys, through node:crypto. */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { ProtocolError, UsageError } from "../errors.ts";

export const DH_BYTES = 32;

export interface KeyPair {
  /** 32 bytes */
  readonly publicKey: Uint8Array;
  /** Opaque: neither printed nor serialised by accident. */
  readonly privateKey: KeyObject;
}

// node:crypto takes raw keys only inside a DER envelope (RFC 8410), whose head is always the same.
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");

export function generateKeyPair(): KeyPair {
  return keyPairOf(generateKeyPairSync("x25519").privateKey);
}

/** @param privateKey 32 bytes, any value; copied. @throws UsageError "bad-argument" for another length. */
export function keyPairFromPrivate(privateKey: Uint8Array): KeyPair {
  if (privateKey.length !== DH_BYTES)
    throw new UsageError(
      "bad-argument",
      `an X25519 private key has ${DH_BYTES} bytes, not ${privateKey.length}`,
    );
  return keyPairOf(
    createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, privateKey]), format: "der", type: "pkcs8" }),
  );
}

/** @returns the 32 secret bytes, for a file or keyring only its owner can read. */
export function exportPrivateKey({ privateKey }: KeyPair): Uint8Array {
  return privateKey.export({ format: "der", type: "pkcs8" }).subarray(-DH_BYTES);
}

/**
 * @param publicKey 32 foreign bytes.
 * @returns 32 bytes.
 * @throws ProtocolError "bad-handshake" for another length, and for a point of small order: the result would be zero
 *   and known to everybody (RFC 7748 §6.1).
 */
export function dh({ privateKey }: KeyPair, publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== DH_BYTES)
    throw new ProtocolError("bad-handshake", `a public key of ${publicKey.length} bytes`);
  try {
    const peer = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: "der", type: "spki" });
    return diffieHellman({ privateKey, publicKey: peer });
  } catch (cause) {
    throw new ProtocolError("bad-handshake", "a public key of small order", { cause });
  }
}

/** @param privateKey an X25519 key, as a file gave it back. */
export function keyPairOf(privateKey: KeyObject): KeyPair {
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-DH_BYTES);
  return { publicKey, privateKey };
}
