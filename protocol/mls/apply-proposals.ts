/** Applying a list of valid proposals to the tree (RFC 9420 §12.3). */
import type { KeyPackage } from "./key-package.ts";
import type { Committed } from "./policy.ts";
import type { ReInit } from "./proposal.ts";
import type { PreSharedKeyId } from "./psk.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { LeafIndex } from "./tree-math.ts";
import { addLeaves, removeLeaves, updateLeaf } from "./tree-operations.ts";

/** The effect of a list of proposals, except on the context's extensions. */
export interface Effects {
  readonly tree: RatchetTree;
  /** Leaves added by Add, in the list's order. */
  readonly added: readonly LeafIndex[];
  readonly packages: readonly KeyPackage[];
  readonly removed: readonly LeafIndex[];
  readonly psks: readonly PreSharedKeyId[];
  readonly kemOutput: Uint8Array | undefined;
  readonly reinit: ReInit | undefined;
}

/**
 * Applies proposals.
 * @throws ValidationError where the tree would have too many leaves
 */
export function applyProposals(tree: RatchetTree, list: readonly Committed[]): Effects {
  let next = tree;
  const removed: LeafIndex[] = [];
  const packages: KeyPackage[] = [];
  const psks: PreSharedKeyId[] = [];
  let kemOutput: Uint8Array | undefined;
  let reinit: ReInit | undefined;
  for (const { proposal, sender } of list)
    switch (proposal.type) {
      case "add":
        packages.push(proposal.keyPackage);
        break;
      case "update":
        if (sender.type === "member") next = updateLeaf(next, sender.leafIndex, proposal.leafNode);
        break;
      case "remove":
        removed.push(proposal.removed);
        break;
      case "psk":
        psks.push(proposal.psk);
        break;
      case "reinit":
        reinit = proposal;
        break;
      case "external_init":
        kemOutput = proposal.kemOutput;
        break;
      case "group_context_extensions":
        break; // applied by the caller: they are already in effect while proposals are validated
    }
  if (removed.length > 0) next = removeLeaves(next, removed);
  const leaves = packages.map(({ leafNode }) => leafNode);
  const { tree: grown, added } = addLeaves(next, leaves);
  return { tree: grown, added, packages, removed, psks, kemOutput, reinit };
}
