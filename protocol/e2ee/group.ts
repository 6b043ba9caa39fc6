/** The required form of a conversation's MLS group: two people, each with the key that is pinned for their name. */
import { TrustError } from "../errors.ts";
import { EXTENSION } from "../mls/extension.ts";
import type { Group } from "../mls/group.ts";
import type { GroupContext } from "../mls/group-context.ts";
import type { Policy } from "../mls/policy.ts";
import type { RatchetTree } from "../mls/ratchet-tree.ts";
import { type LeafIndex, leafIndex } from "../mls/tree-math.ts";
import { type ConversationId, conversationIdFrom, type Username } from "../names.ts";
import { isLeafOfThisProtocol, type KeyPackageOwner, ownerOf } from "./key-package.ts";
import { CIPHERSUITE } from "./suite.ts";

/** Returns whether `key` (32 bytes) is the one pinned for `name`. */
export type KeyCheck = (name: Username, key: Uint8Array) => boolean;

/** The creator is alone in epoch 0; the commit that adds the other person leads to this one. */
const FIRST_EPOCH = 1n;

interface Member extends KeyPackageOwner {
  readonly leafIndex: LeafIndex;
}
export interface Members {
  readonly own: Member;
  readonly peer: Member;
}

/**
 * Returns the policy that judges a Welcome: into this conversation, with exactly these two people and their
 * keys.
 */
export function joiningPolicy(
  id: ConversationId,
  own: KeyPackageOwner,
  peer: Username,
  check: KeyCheck,
): Policy {
  return {
    now: Date.now() / 1000,
    // Throws rather than refuses, so that the caller learns why.
    judgeGroup: ({ context, tree, infoExtensions }) => {
      for (const [, leaf] of tree.members()) requireAskedFor(ownerOf(leaf), own, peer, check);
      if (conversationIdFrom(context.groupId) !== id)
        throw new TrustError("wrong-conversation", "The Welcome is for another conversation");
      if (infoExtensions.some(({ type }) => type !== EXTENSION.ratchetTree))
        throw new TrustError("identity-mismatch", "The group is not just the two people it was asked for");
      return "accept";
    },
  };
}

/**
 * Returns the policy that judges a commit of the peer's: new keys for their own leaf, and no other change to
 * the group.
 */
export function updatePolicy({ own, peer }: Members, check: KeyCheck): Policy {
  return {
    successor: () => true, // The whole tree after the commit is checked below.
    judge: ({ committer, proposals, after }) => {
      const leaf = after.leaf(peer.leafIndex);
      const isUpdate = committer === peer.leafIndex && proposals.length === 0;
      if (!isUpdate || leaf === undefined || !isLeafOfThisProtocol(leaf))
        return { refuse: "not a self-update of the peer" };
      for (const [, one] of after.members()) requireAskedFor(ownerOf(one), own, peer.name, check);
      return "accept";
    },
  };
}

function requireAskedFor(
  member: KeyPackageOwner | undefined,
  own: KeyPackageOwner,
  peer: Username,
  check: KeyCheck,
): void {
  if (member?.name === own.name) {
    if (!Buffer.from(own.identityKey).equals(member.identityKey))
      throw new TrustError("identity-mismatch", "The group has another key under one's own name");
    return;
  }
  if (member?.name !== peer)
    throw new TrustError("identity-mismatch", "The group has a member who was not asked for");
  checkKey(member, check);
}

/**
 * Checks that the key is the pinned one.
 * @throws TrustError "identity-changed"
 */
export function checkKey({ name, identityKey }: KeyPackageOwner, check: KeyCheck): void {
  if (!check(name, identityKey))
    throw new TrustError("identity-changed", `The key of ${name} is not the pinned one`);
}

/**
 * Returns the members of a group right after the Welcome: two people, and no self-update yet; otherwise
 * undefined.
 */
export function membersAtFirst(group: Group): Members | undefined {
  const fresh = group.context.epoch === FIRST_EPOCH && [...group.tree.parents()].length === 0;
  return fresh ? membersOf(group) : undefined;
}

/** Returns the members, or undefined unless it is a plain group of this protocol with two people. */
export function membersOf(group: Group): Members | undefined {
  const { context, tree, ownLeaf } = group;
  if (!isPlain(context, tree) || group.reinit !== undefined || group.proposals.size > 0) return undefined;
  const [first, second] = [memberAt(tree, leafIndex(0)), memberAt(tree, leafIndex(1))];
  if (first === undefined || second === undefined || first.name === second.name) return undefined;
  return ownLeaf === 0 ? { own: first, peer: second } : { own: second, peer: first };
}

function isPlain(context: GroupContext, tree: RatchetTree): boolean {
  return (
    context.cipherSuite === CIPHERSUITE &&
    context.epoch >= FIRST_EPOCH &&
    context.extensions.length === 0 &&
    tree.leafCount === 2
  );
}

function memberAt(tree: RatchetTree, index: LeafIndex): Member | undefined {
  const leaf = tree.leaf(index);
  const owner = leaf && ownerOf(leaf);
  return owner && { ...owner, leafIndex: index };
}

export function sameMembers(found: Members | undefined, expected: Members): boolean {
  return (["own", "peer"] as const).every(
    (side) =>
      found?.[side].name === expected[side].name &&
      found[side].leafIndex === expected[side].leafIndex &&
      Buffer.from(found[side].identityKey).equals(expected[side].identityKey),
  );
}
