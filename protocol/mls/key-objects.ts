/**
 * Raw keys as node:crypto's KeyObjects. It reads PEM text fastest: some versions of Node determine the kind of a key object by
 * catching an error. Importing a key costs as much as using it, so a KeyObject lives as long as the array that it was made of does:
 * the holder of an array of key bytes must not change it, except to wipe it.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/**
 * @param head the bytes before the raw key in its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)
 * @returns a function of the raw key, which throws where it is none
 */
export function publicKeys(head: string): (raw: Uint8Array) => KeyObject {
  return cached((raw) => createPublicKey(pem("PUBLIC KEY", head, raw)));
}

/** As publicKeys(). @param head the bytes before the raw key in its PrivateKeyInfo (RFC 5958) */
export function privateKeys(head: string): (raw: Uint8Array) => KeyObject {
  return cached((raw) => createPrivateKey(pem("PRIVATE KEY", head, raw)));
}

/** @returns the raw public key of 32 bytes of a private one of Curve25519. JWK (RFC 8037) is written faster than DER. */
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
