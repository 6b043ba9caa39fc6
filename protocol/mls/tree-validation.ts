/** Validates a whole tree from outside, before joining (RFC 9420 §12.4.3.1). */

import { equal } from "./bytes.ts";
import { ValidationError, VerificationError } from "./errors.ts";
import type { Extension } from "./extension.ts";
import type { GroupContext } from "./group-context.ts";
import {
  requireCredentialSupport,
  requireHpkeKey,
  requireUniqueKeys,
  validateLeaf,
} from "./leaf-validation.ts";
import { verifyParentHashes } from "./parent-hash.ts";
import { isUnder, type RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { treeHash } from "./tree-hash.ts";
import { nodeOf, parent } from "./tree-math.ts";

/**
 * Checks everything except clocks and the caller's policy.
 * @throws ValidationError, VerificationError
 */
export function validateTree(suite: CipherSuite, tree: RatchetTree, context: GroupContext): void {
  if (!equal(treeHash(suite, tree), context.treeHash))
    throw new VerificationError("§12.4.3.1", "The tree is not the one of the group");
  requireUniqueKeys(tree);
  requireUnmergedLeaves(tree);
  requireParentKeys(suite, tree);
  verifyParentHashes(suite, tree);
  requireCredentialSupport(tree);
  validateLeaves(suite, tree, context.groupId, context.extensions);
}

function validateLeaves(
  suite: CipherSuite,
  tree: RatchetTree,
  groupId: Uint8Array,
  extensions: readonly Extension[],
): void {
  for (const [leaf, node] of tree.members()) validateLeaf(suite, node, { groupId, leaf }, extensions);
}

function requireParentKeys(suite: CipherSuite, tree: RatchetTree): void {
  for (const [, node] of tree.parents()) requireHpkeKey(suite, node.encryptionKey);
}

/**
 * Checks §12.4.3.1: an unmerged leaf is a member below its parent, and every non-blank node between them
 * lists it too. Otherwise nodes may list different leaves.
 */
function requireUnmergedLeaves(tree: RatchetTree): void {
  for (const [x, { unmergedLeaves }] of tree.parents())
    for (const leaf of unmergedLeaves) {
      if (tree.leaf(leaf) === undefined || !isUnder(leaf, x))
        throw new ValidationError("§12.4.3.1", "An unmerged leaf is blank or not below its parent");
      for (let at = parent(nodeOf(leaf)); at !== x; at = parent(at))
        if (tree.parent(at)?.unmergedLeaves.includes(leaf) === false)
          throw new ValidationError("§12.4.3.1", "A node below a parent does not list its unmerged leaf");
    }
}
