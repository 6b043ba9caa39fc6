/**
 * A member's view of a group: an immutable value. An operation returns the next value, and in `spent` the
 * secrets that it no longer needs, which the caller overwrites once the next value is stored. Until then both
 * values are complete. Two operations started on the same value share keys, so one of the results must be
 * dropped.
 */
import { EMPTY, equal, random } from "./bytes.ts";
import { UnavailableError, UsageError, ValidationError } from "./errors.ts";
import { type Extension, MLS_10 } from "./extension.ts";
import type { GroupContext } from "./group-context.ts";
import type { OwnKeyPackage } from "./key-package.ts";
import { type EpochSecrets, secretsOf } from "./key-schedule.ts";
import { validateKeyPackage } from "./leaf-validation.ts";
import type { Committed } from "./policy.ts";
import type { EpochKeys } from "./private-message.ts";
import type { ReInit } from "./proposal.ts";
import { RatchetTree } from "./ratchet-tree.ts";
import { type SecretTree, secretTree } from "./secret-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { confirmationTag, interimTranscriptHash } from "./transcript-hash.ts";
import { treeHash } from "./tree-hash.ts";
import type { PrivateKeys } from "./tree-kem.ts";
import { type LeafIndex, leafIndex, nodeOf } from "./tree-math.ts";

/** The secrets that remain of an epoch once its encryption_secret has become a secret tree. */
type GroupSecrets = Omit<EpochSecrets, "encryptionSecret">;

/** A proposal that a commit may refer to. */
export interface PendingProposal extends Committed {
  readonly reference: Uint8Array;
  /** The private keys of this member's own Update. */
  readonly own:
    | { readonly encryptionPrivateKey: Uint8Array; readonly signaturePrivateKey: Uint8Array }
    | undefined;
}

/** A past epoch, kept for late messages. */
export interface PastEpoch extends EpochKeys {
  readonly resumptionPsk: Uint8Array;
}

export interface Group {
  readonly suite: CipherSuite;
  readonly context: GroupContext;
  readonly tree: RatchetTree;
  readonly ownLeaf: LeafIndex;
  readonly signaturePrivateKey: Uint8Array;
  readonly privateKeys: PrivateKeys;
  readonly confirmationTag: Uint8Array;
  readonly interimTranscriptHash: Uint8Array;
  readonly secrets: GroupSecrets;
  readonly secretTree: SecretTree;
  /** Pending proposals by keyText() of their reference. */
  readonly proposals: ReadonlyMap<string, PendingProposal>;
  /** The latest first, at most MAX_PAST_EPOCHS. */
  readonly past: readonly PastEpoch[];
  /** Set after a ReInit: the group is over (§12.1.5). */
  readonly reinit: ReInit | undefined;
}

/**
 * Makes a group with one member (§11).
 * @param own kept: its leaf becomes the first
 * @throws ValidationError where its capabilities do not cover the extensions
 */
export function createGroup(
  suite: CipherSuite,
  groupId: Uint8Array,
  own: OwnKeyPackage,
  extensions: readonly Extension[] = [],
): Group {
  validateKeyPackage(suite, own.keyPackage, extensions);
  const tree = RatchetTree.of(own.keyPackage.leafNode);
  const context = {
    version: MLS_10,
    cipherSuite: suite.number,
    groupId: groupId.slice(),
    epoch: 0n,
    treeHash: treeHash(suite, tree),
    confirmedTranscriptHash: EMPTY,
    extensions,
  };
  const { encryptionSecret, ...secrets } = secretsOf(suite, random(suite.kdf.bytes));
  const tag = confirmationTag(suite, secrets.confirmationKey, EMPTY);
  return {
    suite,
    context,
    tree,
    ownLeaf: leafIndex(0),
    signaturePrivateKey: own.signaturePrivateKey,
    privateKeys: new Map([[nodeOf(leafIndex(0)), own.encryptionPrivateKey]]),
    confirmationTag: tag,
    interimTranscriptHash: interimTranscriptHash(suite, EMPTY, tag),
    secrets,
    secretTree: secretTree(tree.leafCount, encryptionSecret),
    proposals: new Map(),
    past: [],
    reinit: undefined,
  };
}

/** Returns the keys that open messages of the current epoch. */
export const currentKeys = (group: Group): EpochKeys => ({
  context: group.context,
  senderDataSecret: group.secrets.senderDataSecret,
  secretTree: group.secretTree,
  signatureKeys: group.tree.signatureKeys,
});

/**
 * Checks group and epoch.
 * @throws ValidationError for another group, UnavailableError for another epoch
 */
export function requireCurrent(group: Group, groupId: Uint8Array, epoch: bigint): void {
  requireGroup(group, groupId);
  if (epoch === group.context.epoch) return;
  throw new UnavailableError("§14", epoch > group.context.epoch ? "epoch-ahead" : "epoch-behind");
}

/**
 * Checks the group id.
 * @throws ValidationError
 */
export function requireGroup(group: Group, groupId: Uint8Array): void {
  if (!equal(groupId, group.context.groupId))
    throw new ValidationError("§6", "The message belongs to another group");
}

/**
 * Checks that the group is not over.
 * @throws UsageError after a ReInit
 */
export function requireOpen(group: Group): void {
  if (group.reinit !== undefined) throw new UsageError("§12.4.2", "The group has been reinitialised");
}
