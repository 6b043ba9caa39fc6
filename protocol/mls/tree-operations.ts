/** The effects of Add, Update and Remove on a tree (RFC 9420 §12.1.1 to §12.1.3). */
import type { LeafNode } from "./leaf-node.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { LeafIndex } from "./tree-math.ts";

/**
 * Adds leaves.
 * @returns the tree, and the positions of the new leaves, in their order.
 * @throws ValidationError where the tree is full
 */
export function addLeaves(
  tree: RatchetTree,
  leaves: readonly LeafNode[],
): { readonly tree: RatchetTree; readonly added: readonly LeafIndex[] } {
  const added: LeafIndex[] = [];
  const next = tree.edit((draft) => {
    for (const leaf of leaves) added.push(draft.add(leaf));
  });
  return { tree: next, added };
}

export const updateLeaf = (tree: RatchetTree, leaf: LeafIndex, value: LeafNode): RatchetTree =>
  tree.edit((draft) => {
    draft.setLeaf(leaf, value);
    draft.blankPath(leaf);
  });

export const removeLeaves = (tree: RatchetTree, leaves: readonly LeafIndex[]): RatchetTree =>
  tree.edit((draft) => {
    for (const leaf of leaves) {
      draft.setLeaf(leaf, undefined);
      draft.blankPath(leaf);
    }
    draft.truncate();
  });
