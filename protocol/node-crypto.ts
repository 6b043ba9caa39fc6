/**
 * Imports keys into node:crypto in the form that is fast. Some versions of Node determine the kind of a key
 * object by catching an error, with a stack trace, which costs more than the cryptography; the kind of
 * strings and KeyObjects is known at once.
 */
import { createPublicKey, type KeyObject } from "node:crypto";

/**
 * Imports a public key.
 * @param head the bytes before the raw key in its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), always the same
 * for one kind of key
 * @param raw foreign bytes
 * @throws Error for an invalid key
 */
export function publicKeyOf(head: Uint8Array, raw: Uint8Array): KeyObject {
  const base64 = Buffer.concat([head, raw]).toString("base64");
  return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`);
}
