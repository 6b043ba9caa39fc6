/**
 * Leaf nodes (RFC 9420 §7.2): their contents and signature. leaf-validation.ts has the rules of their
 * validity.
 */
import { MAX_GROUP_ID_BYTES, MAX_HASH_BYTES, MAX_KEY_BYTES, MAX_SIGNATURE_BYTES } from "./bounds.ts";
import { EMPTY } from "./bytes.ts";
import { encode, opaque, select, struct, type TypeOf, uint8, uint32, uint64 } from "./codec.ts";
import { capabilities, credential, extensions } from "./extension.ts";
import { signWithLabel, verifyWithLabel } from "./labels.ts";
import type { CipherSuite } from "./suite.ts";
import type { LeafIndex } from "./tree-math.ts";

/** Seconds since 1970. */
const lifetime = struct({ notBefore: uint64, notAfter: uint64 });
export type Lifetime = TypeOf<typeof lifetime>;

const fields = {
  encryptionKey: opaque(MAX_KEY_BYTES),
  signatureKey: opaque(MAX_KEY_BYTES),
  credential,
  capabilities,
  /** leaf_node_source and the fields that depend on it */
  source: select("type", uint8, {
    key_package: [1, struct({ lifetime })],
    update: [2, struct({})],
    commit: [3, struct({ parentHash: opaque(MAX_HASH_BYTES) })],
  }),
  extensions,
};
export const leafNode = struct({ ...fields, signature: opaque(MAX_SIGNATURE_BYTES) });
export type LeafNode = TypeOf<typeof leafNode>;

const unsigned = struct(fields);
export type UnsignedLeafNode = TypeOf<typeof unsigned>;

/** The part of a leaf that its client chooses. */
export type LeafContent = Pick<LeafNode, "signatureKey" | "credential" | "capabilities" | "extensions">;

/**
 * The position of a leaf that was made for a group; the signature covers it unless the leaf comes from a
 * KeyPackage.
 */
export interface LeafPlace {
  readonly groupId: Uint8Array;
  readonly leaf: LeafIndex;
}
const place = struct({ groupId: opaque(MAX_GROUP_ID_BYTES), leaf: uint32 });

/** LeafNodeTBS */
function signedBytes(leaf: UnsignedLeafNode, at: LeafPlace | undefined): Uint8Array {
  const node = encode(unsigned, leaf);
  const tail = leaf.source.type === "key_package" || at === undefined ? EMPTY : encode(place, at);
  return Buffer.concat([node, tail]);
}

export function signLeafNode(
  suite: CipherSuite,
  privateKey: Uint8Array,
  leaf: UnsignedLeafNode,
  at: LeafPlace | undefined,
): LeafNode {
  return { ...leaf, signature: signWithLabel(suite, privateKey, "LeafNodeTBS", signedBytes(leaf, at)) };
}

/**
 * Verifies a leaf's signature (§7.3).
 * @throws VerificationError
 */
export function verifyLeafSignature(suite: CipherSuite, leaf: LeafNode, at: LeafPlace | undefined): void {
  verifyWithLabel(suite, leaf.signatureKey, "LeafNodeTBS", signedBytes(leaf, at), leaf.signature);
}
