/**
 * Raw keys as node:crypto's KeyObjects. PEM text is parsed fastest, because some versions of Node determine
 * the kind of a key object by catching an error. Importing a key costs as much as using it, so a KeyObject is
 * cached as long as the array of key bytes it was made of exists. The array must not be changed, except to
 * wipe it.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/**
 * Returns a function that imports raw public keys, and throws for an invalid one.
 * @param head the bytes before the raw key in its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)
 */
export function publicKeys(head: string): (raw: Uint8Array) => KeyObject {
  return cached((raw) => createPublicKey(pem("PUBLIC KEY", head, raw)));
}

/**
 * Returns such a function for private keys.
 * @param head the bytes before the raw key in its PrivateKeyInfo (RFC 5958)
 */
export function privateKeys(head: string): (raw: Uint8Array) => KeyObject {
  return cached((raw) => createPrivateKey(pem("PRIVATE KEY", head, raw)));
}

/**
 * Returns the raw public key, 32 bytes, of a private key of Curve25519. Uses JWK (RFC 8037), which is written
 * faster than DER.
 */
export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return new Uint8Array(Buffer.from(x, "base64url"));
}

function pem(label: string, head: string, raw: Uint8Array): string {
  const der = Buffer.concat([Buffer.from(head, "hex"), raw]);
  const text = `-----BEGIN ${label}-----\n${der.toString("base64")}\n-----END ${label}-----`;
  der.fill(0);
  return text;
}

function cached(make: (raw: Uint8Array) => KeyObject): (raw: Uint8Array) => KeyObject {
  const keys = new WeakMap<Uint8Array, KeyObject>();
  return (raw) => {
    const key = keys.get(raw) ?? make(raw);
    keys.set(raw, key);
    return key;
  };
}
