/**
 * The key that notes to somebody are sealed for, as its owner's identity vouches for it. It ends a server that gives
 * out a key of its own in the name of somebody whose identity key is known.
 */
import { type Identity, verifyIdentity } from "../identity/identity.ts";
import type { Username } from "../names.ts";

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

/** @returns name | 0x00 | valid until, as u64 | key */
function content(name: Username, { key, validUntil }: RequestKey): Uint8Array {
  const until = Buffer.alloc(8);
  until.writeBigUInt64BE(BigInt(validUntil));
  return Buffer.concat([Buffer.from(`${name}\0`, "latin1"), until, key]);
}

/** @returns the signature, 64 bytes */
export function signRequestKey(identity: Identity, name: Username, key: RequestKey): Uint8Array {
  return identity.sign(LABEL, content(name, key));
}

/** @param identityKey @param signature foreign bytes of any length */
export function verifyRequestKey(
  identityKey: Uint8Array,
  signature: Uint8Array,
  name: Username,
  key: RequestKey,
): boolean {
  return verifyIdentity(identityKey, LABEL, content(name, key), signature);
}
