/**
 * The public part of processing a commit (RFC 9420 §12.4.2): all checks that need only the group's public
 * state, so that a member for whom the path secret is garbage can make them too. Nothing here needs or
 * changes a secret.
 */

import { applyProposals, type Effects } from "./apply-proposals.ts";
import { keyText } from "./bytes.ts";
import { ValidationError } from "./errors.ts";
import { type Extension, supportsGroup } from "./extension.ts";
import type { FramedContent } from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import {
  requireCredentialSupport,
  requireHpkeKey,
  requireNewKey,
  requireSource,
  requireUniqueKeys,
  validateLeaf,
} from "./leaf-validation.ts";
import { type Committed, type Policy, requireAccepted, sameCredential } from "./policy.ts";
import type { Commit, Proposal, ProposalOrRef, ProposalType } from "./proposal.ts";
import { type Ground, validateExternalList, validateProposalList } from "./proposal-list.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { treeHash } from "./tree-hash.ts";
import { mergePath } from "./tree-kem.ts";
import type { LeafIndex } from "./tree-math.ts";
import type { UpdatePath } from "./update-path.ts";

/** A commit's proposals, applied; its path is applied later. */
export interface StagedProposals {
  readonly list: readonly Committed[];
  readonly effects: Effects;
  /** After the proposals; an external committer's leaf exists and is blank. */
  readonly tree: RatchetTree;
  readonly committer: LeafIndex;
  readonly external: boolean;
  readonly extensions: readonly Extension[];
}

/** A commit that follows every rule and that the policy accepts. */
export interface StagedCommit extends StagedProposals {
  readonly after: RatchetTree;
  /** §12.4.1: the context of the next epoch, with the confirmed transcript hash of this one. */
  readonly provisional: GroupContext;
}

/**
 * Applies a commit's proposals.
 * @param committer absent for an external commit
 */
export function stageProposals(
  ground: Ground,
  list: readonly Committed[],
  committer: LeafIndex | undefined,
  policy: Policy,
): StagedProposals {
  if (committer === undefined) {
    validateExternalList(ground, list, policy);
    const effects = applyProposals(ground.tree, list);
    let leaf: LeafIndex | undefined;
    const tree = effects.tree.edit((draft) => {
      leaf = draft.freeLeaf();
    });
    if (leaf === undefined) throw new RangeError("A tree has a free leaf or is extended");
    return { list, effects, tree, committer: leaf, external: true, extensions: ground.context.extensions };
  }
  const extensions = validateProposalList(ground, list, committer, policy);
  const effects = applyProposals(ground.tree, list);
  return { list, effects, tree: effects.tree, committer, external: false, extensions };
}

/**
 * Checks a commit.
 * @throws ValidationError, VerificationError, RefusedError
 */
export function stageCommit(
  ground: Ground,
  content: FramedContent,
  commit: Commit,
  proposals: ReadonlyMap<string, Committed>,
  policy: Policy,
): StagedCommit {
  const { sender } = content;
  const member = sender.type === "member" ? sender.leafIndex : undefined;
  const list = resolveProposals(commit.proposals, content, proposals);
  const staged = stageProposals(ground, list, member, policy);
  if (commit.path === undefined) requireNoPathNeeded(list);
  else validatePath(ground, staged, commit.path, policy);
  const after =
    commit.path === undefined
      ? staged.tree
      : mergePath(ground.suite, staged.tree, staged.committer, staged.effects.added, commit.path);
  return judged(ground, staged, after, content.authenticatedData, policy);
}

/** Checks the rules for the resulting tree, then asks the policy. */
export function judged(
  ground: Ground,
  staged: StagedProposals,
  after: RatchetTree,
  authenticatedData: Uint8Array,
  policy: Policy,
): StagedCommit {
  const { context, tree: before } = ground;
  const { effects, committer, external, extensions, list } = staged;
  requireUniqueKeys(after);
  requireCredentialSupport(after);
  if (extensions !== context.extensions) requireSupportByAll(after, extensions);
  const provisional = {
    ...context,
    epoch: context.epoch + 1n,
    treeHash: treeHash(ground.suite, after),
    extensions,
  };
  requireAccepted(
    policy.judge?.({
      committer: external ? undefined : committer,
      committerAfter: committer,
      proposals: list,
      before,
      after,
      added: effects.added,
      removed: effects.removed,
      context,
      extensions,
      authenticatedData,
    }),
  );
  return { ...staged, after, provisional };
}

/**
 * Resolves proposals (§12.4): those by value are the committer's, those by reference their sender's; an
 * external commit has none by reference (§12.4.3.2).
 */
function resolveProposals(
  list: readonly ProposalOrRef[],
  { sender }: FramedContent,
  known: ReadonlyMap<string, Committed>,
): Committed[] {
  return list.map((entry) => {
    if (entry.type === "proposal") return { proposal: entry.proposal, sender };
    if (sender.type !== "member")
      throw new ValidationError("§12.4.3.2", "An external commit refers to a proposal");
    const found = known.get(keyText(entry.reference));
    if (found === undefined) throw new ValidationError("§12.4", "A commit refers to an unknown proposal");
    return found;
  });
}

const WITHOUT_PATH: readonly ProposalType[] = ["add", "psk", "reinit"];

/** Returns whether a path is required (§12.4): only a commit of exactly these types may omit it. */
export const pathRequired = (list: readonly { readonly proposal: Proposal }[]): boolean =>
  list.length === 0 || list.some(({ proposal }) => !WITHOUT_PATH.includes(proposal.type));

function requireNoPathNeeded(list: readonly Committed[]): void {
  if (pathRequired(list)) throw new ValidationError("§12.4", "A commit lacks the path that it needs");
}

/** Checks the path's leaf and its keys (§12.4.2); also used for our own path before it is sent. */
export function validatePath(
  ground: Ground,
  staged: StagedProposals,
  path: UpdatePath,
  { successor = sameCredential }: Policy,
): void {
  const { suite, context } = ground;
  const { committer, external, effects, extensions } = staged;
  requireSource(path.leafNode, "commit");
  validateLeaf(suite, path.leafNode, { groupId: context.groupId, leaf: committer }, extensions);
  // A resync has to satisfy the rules of an Update for the leaf that it removes (§12.2).
  const replaced = external ? effects.removed[0] : committer;
  const before = replaced === undefined ? undefined : ground.tree.leaf(replaced);
  if (before !== undefined) {
    requireNewKey(before, path.leafNode);
    if (!successor(before, path.leafNode))
      throw new ValidationError("§5.3.1", "A commit puts another's credential in the place of a leaf");
  }
  requireNewKeys(ground, staged, path);
}

/** Checks §12.4.2: no key of the path is already in the tree, or twice in the path. */
function requireNewKeys({ suite }: Ground, { tree }: StagedProposals, path: UpdatePath): void {
  const seen = new Set<string>();
  for (const [, node] of tree.members()) seen.add(keyText(node.encryptionKey));
  for (const [, node] of tree.parents()) seen.add(keyText(node.encryptionKey));
  for (const { encryptionKey } of [path.leafNode, ...path.nodes]) {
    requireHpkeKey(suite, encryptionKey);
    if (seen.has(keyText(encryptionKey)))
      throw new ValidationError("§12.4.2", "A key of a path stands in the tree already");
    seen.add(keyText(encryptionKey));
  }
}

/** Checks §12.1.7: every member of the next epoch supports the extensions. */
function requireSupportByAll(tree: RatchetTree, extensions: readonly Extension[]): void {
  for (const [, { capabilities }] of tree.members())
    if (!supportsGroup(capabilities, extensions))
      throw new ValidationError("§12.1.7", "A member does not support the group's new extensions");
}
