/** Parent hashes (RFC 9420 §7.9): a member's signature covers the keys that its commit put into the tree. */
import { MAX_HASH_BYTES, MAX_KEY_BYTES } from "./bounds.ts";
import { EMPTY, equal } from "./bytes.ts";
import { encode, opaque, struct } from "./codec.ts";
import { ValidationError } from "./errors.ts";
import { isUnder, type ParentNode, type PathStep, type RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { treeHash, treeHashWithout } from "./tree-hash.ts";
import { leafOf, left, type NodeIndex, nodeOf, right } from "./tree-math.ts";

const parentHashInput = struct({
  encryptionKey: opaque(MAX_KEY_BYTES),
  parentHash: opaque(MAX_HASH_BYTES),
  originalSiblingTreeHash: opaque(MAX_HASH_BYTES),
});

/** Computes the parent hash of P with copath child S. */
function parentHash(suite: CipherSuite, tree: RatchetTree, p: ParentNode, s: NodeIndex): Uint8Array {
  const originalSiblingTreeHash = treeHashWithout(suite, tree, s, p.unmergedLeaves);
  return suite.kdf.hash(encode(parentHashInput, { ...p, originalSiblingTreeHash }));
}

/**
 * Returns the parents that an UpdatePath sets, from the leaf upwards, and the parent_hash of the leaf.
 * @param path the sender's filtered direct path.
 * @param keys its public keys, from the leaf upwards
 * @param tree whose copath is already in its final state
 */
export function pathParents(
  suite: CipherSuite,
  tree: RatchetTree,
  path: readonly PathStep[],
  keys: readonly Uint8Array[],
): { readonly nodes: readonly ParentNode[]; readonly leafParentHash: Uint8Array } {
  let above: Uint8Array = EMPTY; // of the root
  const nodes: ParentNode[] = [];
  for (let i = path.length - 1; i >= 0; i--) {
    const [step, encryptionKey] = [path[i], keys[i]];
    if (step === undefined || encryptionKey === undefined) throw new RangeError("A key for each step");
    const node: ParentNode = { encryptionKey, parentHash: above, unmergedLeaves: [] };
    const originalSiblingTreeHash = treeHash(suite, tree, step.copath);
    above = suite.kdf.hash(encode(parentHashInput, { ...node, originalSiblingTreeHash }));
    nodes.unshift(node);
  }
  return { nodes, leafParentHash: above };
}

/**
 * Checks §7.9.2: the parent hash of exactly one node below covers each parent, and so in the end a leaf's
 * signature does.
 * @throws ValidationError
 */
export function verifyParentHashes(suite: CipherSuite, tree: RatchetTree): void {
  for (const [x, p] of tree.parents()) {
    const vouchers = [left(x), right(x)].flatMap((c) => {
      const s = c === left(x) ? right(x) : left(x);
      return vouchersUnder(suite, tree, p, c, s);
    });
    if (vouchers.length !== 1)
      throw new ValidationError("§7.9.2", `Parent ${x} is vouched for by ${vouchers.length} nodes, not 1`);
  }
}

/** Returns the nodes D below C whose parent hash is valid with respect to P. */
function vouchersUnder(
  suite: CipherSuite,
  tree: RatchetTree,
  p: ParentNode,
  c: NodeIndex,
  s: NodeIndex,
): NodeIndex[] {
  const resolution = tree.resolution(c);
  const unmerged = new Set(p.unmergedLeaves.filter((leaf) => isUnder(leaf, c)).map(nodeOf));
  // The resolution without D must be exactly P's unmerged leaves under C: so it has one more node, and all
  // its other nodes are unmerged leaves.
  if (resolution.length !== unmerged.size + 1) return [];
  const others = resolution.filter((x) => !unmerged.has(x));
  const [d] = others;
  if (others.length !== 1 || d === undefined) return [];
  const claimed = parentHashOf(tree, d);
  if (claimed === undefined || !equal(claimed, parentHash(suite, tree, p, s))) return [];
  return [d];
}

function parentHashOf(tree: RatchetTree, x: NodeIndex): Uint8Array | undefined {
  const leaf = leafOf(x);
  if (leaf === undefined) return tree.parent(x)?.parentHash;
  const source = tree.leaf(leaf)?.source;
  return source?.type === "commit" ? source.parentHash : undefined;
}
