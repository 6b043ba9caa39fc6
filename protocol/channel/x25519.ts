/** X25519 (RFC 7748) as Noise rev 34 §12.1 uses it: 32-byte keys, through node:crypto. */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { ProtocolError, UsageError } from "../errors.ts";
import { publicKeyOf } from "../node-crypto.ts";

export const DH_BYTES = 32;

export interface KeyPair {
  /** 32 bytes */
  readonly publicKey: Uint8Array;
  /** Opaque, so that it is not printed or serialised by accident. */
  readonly privateKey: KeyObject;
}

// node:crypto takes raw keys only inside a DER envelope (RFC 8410), whose head is always the same.
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b656e032100", "hex");

export function generateKeyPair(): KeyPair {
  return keyPairOf(generateKeyPairSync("x25519").privateKey);
}

/**
 * Makes a key pair.
 * @param privateKey 32 bytes, any value; copied.
 * @throws UsageError "bad-argument" for another length.
 */
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

/** Returns the 32 secret bytes, for a file or keyring that only its owner can read. */
export function exportPrivateKey({ privateKey }: KeyPair): Uint8Array {
  return privateKey.export({ format: "der", type: "pkcs8" }).subarray(-DH_BYTES);
}

/** Another party's public key, parsed once for all the dh() calls that use it. */
export interface PublicKey {
  /** 32 bytes */
  readonly bytes: Uint8Array;
  readonly key: KeyObject;
}

/**
 * Parses a public key.
 * @param bytes 32 foreign bytes; kept.
 * @throws ProtocolError "bad-handshake" for another length
 */
export function readPublicKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== DH_BYTES)
    throw new ProtocolError("bad-handshake", `a public key of ${bytes.length} bytes`);
  return { bytes, key: publicKeyOf(SPKI_HEAD, bytes) };
}

/**
 * Computes the shared secret.
 * @returns 32 bytes.
 * @throws ProtocolError "bad-handshake" for a point of small order: the result would be zero, known to
 * everybody (RFC 7748 §6.1).
 */
export function dh({ privateKey }: KeyPair, theirs: PublicKey): Uint8Array {
  try {
    return diffieHellman({ privateKey, publicKey: theirs.key });
  } catch (cause) {
    throw new ProtocolError("bad-handshake", "a public key of small order", { cause });
  }
}

/**
 * Completes a key pair.
 * @param privateKey an X25519 key, e.g. read from a file.
 */
export function keyPairOf(privateKey: KeyObject): KeyPair {
  // JWK (RFC 8037), which node:crypto writes much faster than DER.
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return { publicKey: Buffer.from(x, "base64url"), privateKey };
}
