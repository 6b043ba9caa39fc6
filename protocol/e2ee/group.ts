/** What the MLS group of a conversation must look like: two people, each with the key that is pinned for their name. */
import type { ClientConfig, GroupState } from "ts-mls";
import { defaultKeyPackageEqualityConfig } from "ts-mls/keyPackageEqualityConfig.js";
import { TrustError } from "../errors.ts";
import type { Username } from "../names.ts";
import { type KeyPackageOwner, ownerOf } from "./key-package.ts";
import { CIPHERSUITE } from "./suite.ts";

/** Says whether `key` (32 bytes) is the one pinned for `name`. Handed to MLS as its authentication service. */
export type KeyCheck = (name: Username, key: Uint8Array) => boolean;

/**
 * Messages that overtake each other or get lost. Keys of the last 64 generations that did not arrive are kept, so
 * that they still open when they do. A gap is bounded too, so that a peer cannot make us derive keys without end;
 * after a larger one the two people need a new conversation. Past epochs are kept by epoch-keys.ts, not by the library.
 */
export const KEY_RETENTION = {
  retainKeysForGenerations: 64,
  retainKeysForEpochs: 1, // the library takes 0 for "all"; what it keeps is dropped
  maximumForwardRatchetSteps: 1024,
};

/** The group is made alone in epoch 0, and the other person added by the one commit that leads to this. */
const FIRST_EPOCH = 1n;

interface Member extends KeyPackageOwner {
  readonly leafIndex: number;
}
export interface Members {
  readonly own: Member;
  readonly peer: Member;
}

/** How MLS is to judge who is who: only these two people, only with their keys. */
export function groupConfig(own: KeyPackageOwner, peer: Username, check: KeyCheck): ClientConfig {
  return {
    keyRetentionConfig: KEY_RETENTION,
    lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: true }, // the library ignores the first
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: { kind: "alwaysPad", paddingLength: 0 }, // for commits, which are all of one size
    authService: {
      // Throws rather than answers no, so that the caller learns why.
      validateCredential: async (credential, signaturePublicKey) => {
        const member = ownerOf({ credential, signaturePublicKey });
        if (member?.name === own.name) {
          if (!Buffer.from(own.identityKey).equals(signaturePublicKey))
            throw new TrustError("identity-mismatch", "The group has another key under one's own name");
          return true;
        }
        if (member?.name !== peer)
          throw new TrustError("identity-mismatch", "The group has a member who was not asked for");
        checkKey(member, check);
        return true;
      },
    },
  };
}

/** @throws TrustError "identity-changed" */
export function checkKey({ name, identityKey }: KeyPackageOwner, check: KeyCheck): void {
  if (!check(name, identityKey))
    throw new TrustError("identity-changed", `The key of ${name} is not the pinned one`);
}

/** @returns the members of a group as the Welcome makes it: two people, and no self-update yet; else undefined */
export function membersAtFirst(group: GroupState): Members | undefined {
  const fresh = group.groupContext.epoch === FIRST_EPOCH && group.ratchetTree[1] === undefined;
  return fresh ? membersOf(group) : undefined;
}

/** @returns undefined where the group is anything but two people in a plain group of this protocol */
export function membersOf(group: GroupState): Members | undefined {
  const { groupContext, ratchetTree, privatePath } = group;
  const plain =
    groupContext.cipherSuite === CIPHERSUITE &&
    groupContext.epoch >= FIRST_EPOCH &&
    groupContext.extensions.length === 0 &&
    group.groupActiveState.kind === "active" &&
    group.historicalReceiverData.size === 0 &&
    Object.keys(group.unappliedProposals).length === 0;
  const [requester, parent, accepter, ...others] = ratchetTree;
  if (
    !plain ||
    requester?.nodeType !== "leaf" ||
    parent?.nodeType === "leaf" ||
    accepter?.nodeType !== "leaf"
  )
    return undefined;
  if (others.length > 0 || group.secretTree.length !== ratchetTree.length) return undefined;
  const [first, second] = [ownerOf(requester.leaf), ownerOf(accepter.leaf)];
  if (first === undefined || second === undefined || first.name === second.name) return undefined;
  const members = [
    { ...first, leafIndex: 0 },
    { ...second, leafIndex: 1 },
  ] as const;
  switch (privatePath.leafIndex) {
    case 0:
      return { own: members[0], peer: members[1] };
    case 1:
      return { own: members[1], peer: members[0] };
    default:
      return undefined;
  }
}

export function sameMembers(found: Members | undefined, expected: Members): boolean {
  return (["own", "peer"] as const).every(
    (side) =>
      found?.[side].name === expected[side].name &&
      found[side].leafIndex === expected[side].leafIndex &&
      Buffer.from(found[side].identityKey).equals(expected[side].identityKey),
  );
}
