/**
 * The key that notes to somebody are sealed for, as its owner's identity vouches for it. It ends a server that gives
 * out a key of its own in the name of somebody whose identity key is known, or one that was said at another server.
 */

import type { Username } from "../names.ts";
import { type Identity, verifyIdentity } from "./identity.ts";

const LABEL = "parley/1 request key";

export interface RequestKey {
  /** X-Wing, XWING_PUBLIC_KEY_BYTES. */
  readonly key: Uint8Array;
  /** Unix time, seconds: its private half is kept until then. */
  readonly validUntil: number;
}

/** Signed by `identityKey` (32 bytes): whose that is, is for the receiver to judge. */
export interface SignedRequestKey extends RequestKey {
  readonly identityKey: Uint8Array;
}

/** Whose it is, and where: the fingerprint of that server's CA. */
export interface RequestKeyPlace {
  readonly server: Uint8Array;
  readonly name: Username;
}

/** @returns server (32 bytes) | name | 0x00 | valid until, as u64 | key */
function content({ server, name }: RequestKeyPlace, { key, validUntil }: RequestKey): Uint8Array {
  const until = Buffer.alloc(8);
  until.writeBigUInt64BE(BigInt(validUntil));
  return Buffer.concat([server, Buffer.from(`${name}\0`, "latin1"), until, key]);
}

/** @returns the signature, 64 bytes */
export function signRequestKey(identity: Identity, place: RequestKeyPlace, key: RequestKey): Uint8Array {
  return identity.sign(LABEL, content(place, key));
}

/** @param identityKey @param signature foreign bytes of any length */
export function verifyRequestKey(
  identityKey: Uint8Array,
  signature: Uint8Array,
  place: RequestKeyPlace,
  key: RequestKey,
): boolean {
  return verifyIdentity(identityKey, LABEL, content(place, key), signature);
}
