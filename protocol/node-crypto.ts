/**
 * A call of node:crypto in the form in which it is fast. Some versions of Node determine the kind of a key object by
 * catching an error, stack trace and all, which costs more than the cryptography; strings and KeyObjects are known at once.
 */
import { createPublicKey, type KeyObject } from "node:crypto";

/**
 * @param head the bytes before the raw key in its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), always the same for one kind of key
 * @param raw foreign bytes
 * @throws Error where they are no such key
 */
export function publicKeyOf(head: Uint8Array, raw: Uint8Array): KeyObject {
  const base64 = Buffer.concat([head, raw]).toString("base64");
  return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`);
}
