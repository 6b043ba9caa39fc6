/**
 * Tree hashes (RFC 9420 §7.8). A tree keeps the hash of each node; only the hashes of changed nodes are
 * recomputed.
 */
import { MAX_HASH_BYTES } from "./bounds.ts";
import { encode, opaque, optional, select, struct, uint8 } from "./codec.ts";
import { leafNode } from "./leaf-node.ts";
import { leafNumber } from "./proposal.ts";
import { isUnder, type ParentNode, parentNode, type RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { type LeafIndex, leafOf, left, type NodeIndex, right } from "./tree-math.ts";

const hash = opaque(MAX_HASH_BYTES);
const treeHashInput = select("type", uint8, {
  leaf: [1, struct({ leafIndex: leafNumber, leafNode: optional(leafNode) })],
  parent: [2, struct({ parentNode: optional(parentNode), leftHash: hash, rightHash: hash })],
});

/**
 * Returns a node's tree hash.
 * @param x by default the root
 */
export function treeHash(suite: CipherSuite, tree: RatchetTree, x: NodeIndex = tree.root): Uint8Array {
  const known = tree.hashes[x];
  if (known !== undefined) return known;
  const computed = hashOf(suite, tree, x, [], (child) => treeHash(suite, tree, child));
  tree.hashes[x] = computed;
  return computed;
}

/**
 * Computes the tree hash as if some leaves were blank and nowhere unmerged (§7.9):
 * original_sibling_tree_hash.
 */
export function treeHashWithout(
  suite: CipherSuite,
  tree: RatchetTree,
  x: NodeIndex,
  without: readonly LeafIndex[],
): Uint8Array {
  const below = without.filter((leaf) => isUnder(leaf, x));
  if (below.length === 0) return treeHash(suite, tree, x);
  return hashOf(suite, tree, x, below, (child) => treeHashWithout(suite, tree, child, below));
}

/**
 * @param ofChild recurses to the depth of the tree, at most log2(MAX_LEAVES) + 1
 */
function hashOf(
  suite: CipherSuite,
  tree: RatchetTree,
  x: NodeIndex,
  without: readonly LeafIndex[],
  ofChild: (x: NodeIndex) => Uint8Array,
): Uint8Array {
  const leaf = leafOf(x);
  if (leaf !== undefined) {
    const value = without.includes(leaf) ? undefined : tree.leaf(leaf);
    return suite.kdf.hash(encode(treeHashInput, { type: "leaf", leafIndex: leaf, leafNode: value }));
  }
  const node = withoutUnmerged(tree.parent(x), without);
  const [leftHash, rightHash] = [ofChild(left(x)), ofChild(right(x))];
  return suite.kdf.hash(encode(treeHashInput, { type: "parent", parentNode: node, leftHash, rightHash }));
}

function withoutUnmerged(
  node: ParentNode | undefined,
  without: readonly LeafIndex[],
): ParentNode | undefined {
  if (node === undefined || without.length === 0) return node;
  const unmergedLeaves = node.unmergedLeaves.filter((leaf) => !without.includes(leaf));
  return { ...node, unmergedLeaves };
}
