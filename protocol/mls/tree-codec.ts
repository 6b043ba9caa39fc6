/** The ratchet_tree extension (RFC 9420 §12.4.3.3): a tree as a list of nodes; also single nodes. */
import { MAX_LEAVES } from "./bounds.ts";
import { type Codec, decode, encode, optional, select, struct, type TypeOf, uint8, vector } from "./codec.ts";
import { ValidationError } from "./errors.ts";
import { leafNode } from "./leaf-node.ts";
import { parentNode, RatchetTree } from "./ratchet-tree.ts";
import { leafOf, type NodeIndex, nodeIndex, nodeWidth } from "./tree-math.ts";

const node = select("type", uint8, {
  leaf: [1, struct({ leafNode })],
  parent: [2, struct({ parentNode })],
});
type Node = TypeOf<typeof node>;

const nodeList = vector(optional(node), nodeWidth(MAX_LEAVES));

export const ratchetTree: Codec<RatchetTree> = {
  write(writer, tree) {
    const nodes = Array.from({ length: tree.width }, (_, i) => nodeAt(tree, nodeIndex(i)));
    nodeList.write(writer, nodes.slice(0, nodes.findLastIndex((one) => one !== undefined) + 1));
  },
  read(reader) {
    const nodes = nodeList.read(reader);
    if (nodes.at(-1) === undefined) throw new ValidationError("§12.4.3.3", "A tree's last node is blank");
    return treeOf(nodes.entries(), nodes.length);
  },
};

/**
 * Encodes one node, for trees stored with one row per node.
 * @returns undefined for a blank node
 */
export function encodeNode(tree: RatchetTree, x: NodeIndex): Uint8Array | undefined {
  const value = nodeAt(tree, x);
  return value === undefined ? undefined : encode(node, value);
}

/**
 * Builds a tree from rows.
 * @param rows foreign or stored; blank nodes are absent
 * @throws CodecError, ValidationError
 */
export function treeFromNodes(rows: Iterable<readonly [index: number, node: Uint8Array]>): RatchetTree {
  const nodes = new Map<number, Node>();
  let length = 0;
  for (const [index, bytes] of rows) {
    if (!Number.isInteger(index) || index < 0 || index >= nodeWidth(MAX_LEAVES))
      throw new ValidationError("§7.7", "A node lies outside of any tree");
    nodes.set(index, decode(node, bytes));
    length = Math.max(length, index + 1);
  }
  if (length === 0) throw new ValidationError("§12.4.3.3", "A tree without nodes");
  return treeOf(nodes, length);
}

function treeOf(nodes: Iterable<readonly [number, Node | undefined]>, length: number): RatchetTree {
  let leafCount = 1;
  while (nodeWidth(leafCount) < length) leafCount *= 2;
  return RatchetTree.blank(leafCount).edit((draft) => {
    for (const [i, value] of nodes) {
      if (value === undefined) continue;
      const leaf = leafOf(nodeIndex(i));
      if (value.type === "leaf" && leaf !== undefined) draft.setLeaf(leaf, value.leafNode);
      else if (value.type === "parent" && leaf === undefined) draft.setParent(nodeIndex(i), value.parentNode);
      else throw new ValidationError("§12.4.3.3", `Node ${i} is of the wrong type`);
    }
  });
}

function nodeAt(tree: RatchetTree, x: NodeIndex): Node | undefined {
  const leaf = leafOf(x);
  if (leaf !== undefined) {
    const value = tree.leaf(leaf);
    return value && { type: "leaf", leafNode: value };
  }
  const value = tree.parent(x);
  return value && { type: "parent", parentNode: value };
}
