/**
 * The caller's decisions. All members must decide alike, or they end up in different groups: a policy depends
 * on nothing but its arguments.
 */

import { equal } from "./bytes.ts";
import { encode } from "./codec.ts";
import { RefusedError } from "./errors.ts";
import { credential, type Extension } from "./extension.ts";
import type { Sender } from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import type { LeafNode } from "./leaf-node.ts";
import type { Proposal } from "./proposal.ts";
import type { PreSharedKeyId } from "./psk.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { LeafIndex } from "./tree-math.ts";

/** A proposal that a commit covers, and its author. */
export interface Committed {
  readonly proposal: Proposal;
  readonly sender: Sender;
}

/** A commit that follows the RFC's rules, before any of it is applied. */
interface ProposedCommit {
  /** Absent for an external commit. */
  readonly committer: LeafIndex | undefined;
  readonly proposals: readonly Committed[];
  readonly before: RatchetTree;
  readonly after: RatchetTree;
  /** The positions of members added by Add in `after`; an external committer is in neither list. */
  readonly added: readonly LeafIndex[];
  /** The removed members' positions in `before`. */
  readonly removed: readonly LeafIndex[];
  /** The committer's position in `after`. */
  readonly committerAfter: LeafIndex;
  readonly context: GroupContext;
  /** The context's extensions in the next epoch. */
  readonly extensions: readonly Extension[];
  readonly authenticatedData: Uint8Array;
}

/** A group that follows the RFC's rules, before it is joined. */
interface ProposedGroup {
  readonly context: GroupContext;
  readonly tree: RatchetTree;
  /** The signer of the GroupInfo. */
  readonly signer: LeafIndex;
  /** The GroupInfo's extensions; the tree may be one of them. */
  readonly infoExtensions: readonly Extension[];
}

export type Judgement = "accept" | { readonly refuse: string };

export interface Policy {
  readonly judge?: (commit: ProposedCommit) => Judgement;
  readonly judgeGroup?: (group: ProposedGroup) => Judgement;
  /**
   * §5.3.1: whether a leaf may replace another in an Update, a commit, or a resync. By default if the
   * credential is the same.
   */
  readonly successor?: (before: LeafNode, after: LeafNode) => boolean;
  /**
   * Unix time, seconds. If given, the lifetimes of received leaves are checked too; otherwise only this
   * member's own, by the local clock.
   */
  readonly now?: number;
  /** The longest lifetime of a KeyPackage, seconds. */
  readonly longestLifetime?: number;
  /** Returns an external PSK, or a resumption PSK that the group itself no longer has. */
  readonly psk?: (id: PreSharedKeyId) => Uint8Array | undefined;
}

export const sameCredential = (before: LeafNode, after: LeafNode): boolean =>
  equal(encode(credential, before.credential), encode(credential, after.credential));

/**
 * Checks the policy's judgement.
 * @throws RefusedError
 */
export function requireAccepted(judgement: Judgement | undefined): void {
  if (judgement !== undefined && judgement !== "accept")
    throw new RefusedError("§12.2", `The application refuses: ${judgement.refuse}`);
}
