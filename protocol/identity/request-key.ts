/**
 * The key that notes to a person are sealed for, signed by its owner's identity. The signature keeps a server
 * from replacing the key of a person whose identity key is known, and from replaying a key that was published
 * at another server.
 */

import type { Username } from "../names.ts";
import { type Identity, verifyIdentity } from "./identity.ts";

const LABEL = "parley/1 request key";

export interface RequestKey {
  /** X-Wing, XWING_PUBLIC_KEY_BYTES. */
  readonly key: Uint8Array;
  /** Unix time, seconds: the owner keeps the private half until then. */
  readonly validUntil: number;
}

/** Signed by `identityKey` (32 bytes); the receiver decides whose key that is. */
export interface SignedRequestKey extends RequestKey {
  readonly identityKey: Uint8Array;
}

/** The owner of the key, and the server where it is published: the fingerprint of that server's CA. */
export interface RequestKeyPlace {
  readonly server: Uint8Array;
  readonly name: Username;
}

/** Encodes server (32 bytes) | name | 0x00 | valid until, as u64 | key. */
function content({ server, name }: RequestKeyPlace, { key, validUntil }: RequestKey): Uint8Array {
  const until = Buffer.alloc(8);
  until.writeBigUInt64BE(BigInt(validUntil));
  return Buffer.concat([server, Buffer.from(`${name}\0`, "latin1"), until, key]);
}

/**
 * Signs a request key.
 * @returns 64 bytes
 */
export function signRequestKey(identity: Identity, place: RequestKeyPlace, key: RequestKey): Uint8Array {
  return identity.sign(LABEL, content(place, key));
}

/**
 * Verifies a request key's signature.
 * @param identityKey foreign
 * @param signature foreign bytes of any length
 */
export function verifyRequestKey(
  identityKey: Uint8Array,
  signature: Uint8Array,
  place: RequestKeyPlace,
  key: RequestKey,
): boolean {
  return verifyIdentity(identityKey, LABEL, content(place, key), signature);
}
