/**
 * GroupContext (RFC 9420 §8.1): the public summary of a group's state that all its secrets and messages are
 * bound to.
 */
import { MAX_GROUP_ID_BYTES, MAX_HASH_BYTES } from "./bounds.ts";
import { encode, opaque, struct, type TypeOf, uint16, uint64 } from "./codec.ts";
import { extensions } from "./extension.ts";

export const groupContext = struct({
  version: uint16,
  cipherSuite: uint16,
  groupId: opaque(MAX_GROUP_ID_BYTES),
  epoch: uint64,
  treeHash: opaque(MAX_HASH_BYTES),
  confirmedTranscriptHash: opaque(MAX_HASH_BYTES),
  extensions,
});
export type GroupContext = TypeOf<typeof groupContext>;

const encodings = new WeakMap<GroupContext, Uint8Array>();

/** Returns the encoding, made once, since every message of the epoch is bound to it. Do not change it. */
export function contextBytes(context: GroupContext): Uint8Array {
  const bytes = encodings.get(context) ?? encode(groupContext, context);
  encodings.set(context, bytes);
  return bytes;
}
