/**
 * Derives the next epoch from a staged commit and its secrets (RFC 9420 §8, §12.4.2), for the committer and
 * the receivers alike.
 */
import { MAX_PAST_EPOCHS } from "./bounds.ts";
import { equal, wipe } from "./bytes.ts";
import { UsageError, ValidationError } from "./errors.ts";
import type { AuthenticatedContent } from "./framing.ts";
import type { Group, PastEpoch } from "./group.ts";
import { contextBytes, type GroupContext } from "./group-context.ts";
import { type EpochSecrets, epochSecrets, joinerSecret } from "./key-schedule.ts";
import type { Policy } from "./policy.ts";
import { type PreSharedKeyId, pskSecret } from "./psk.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { endEpoch, secretsIn, secretTree } from "./secret-tree.ts";
import type { StagedCommit } from "./stage-commit.ts";
import type { CipherSuite } from "./suite.ts";
import { confirmationTag, confirmedTranscriptHash, interimTranscriptHash } from "./transcript-hash.ts";
import type { PrivateKeys } from "./tree-kem.ts";
import type { NodeIndex } from "./tree-math.ts";

export interface NextEpoch {
  readonly context: GroupContext;
  readonly secrets: EpochSecrets;
  readonly confirmationTag: Uint8Array;
  readonly interimTranscriptHash: Uint8Array;
  /** For Welcomes; the caller overwrites both. */
  readonly joiner: Uint8Array;
  readonly psk: Uint8Array;
}

/**
 * Derives the next epoch.
 * @param commit with its signature; its confirmation tag is ignored
 * @param initSecret of this epoch, or the one that an external commit brings.
 * @param commitSecret overwritten
 */
export function nextEpoch(
  suite: CipherSuite,
  interim: Uint8Array,
  provisional: GroupContext,
  commit: AuthenticatedContent,
  initSecret: Uint8Array,
  commitSecret: Uint8Array,
  psk: Uint8Array,
): NextEpoch {
  const confirmed = confirmedTranscriptHash(suite, interim, commit);
  const context = { ...provisional, confirmedTranscriptHash: confirmed };
  const bytes = contextBytes(context);
  const joiner = joinerSecret(suite, initSecret, commitSecret, bytes);
  const secrets = epochSecrets(suite, joiner, psk, bytes);
  wipe(commitSecret);
  const tag = confirmationTag(suite, secrets.confirmationKey, confirmed);
  const next = interimTranscriptHash(suite, confirmed, tag);
  return { context, secrets, confirmationTag: tag, interimTranscriptHash: next, joiner, psk };
}

/**
 * Computes psk_secret from the PSKs that a commit or Welcome names.
 * @throws ValidationError where one is missing
 */
export function pskSecretOf(
  suite: CipherSuite,
  group: Group | undefined,
  ids: readonly PreSharedKeyId[],
  policy: Policy,
): Uint8Array {
  const psks = ids.map((id) => {
    const secret = resumptionPsk(group, id) ?? policy.psk?.(id);
    if (secret === undefined) throw new ValidationError("§8.4", "A PSK that is not known here");
    return { id, secret };
  });
  return pskSecret(suite, psks);
}

/** Returns a resumption PSK (§8.6) of an epoch that is still kept. */
function resumptionPsk(group: Group | undefined, { psk }: PreSharedKeyId): Uint8Array | undefined {
  if (group === undefined || psk.type !== "resumption" || !equal(psk.groupId, group.context.groupId))
    return undefined;
  if (psk.epoch === group.context.epoch) return group.secrets.resumptionPsk;
  return group.past.find(({ context }) => context.epoch === psk.epoch)?.resumptionPsk;
}

/** Returns the private keys that remain valid: those of nodes with an unchanged public key. */
export function keptKeys(before: RatchetTree, after: RatchetTree, keys: PrivateKeys): PrivateKeys {
  const kept = new Map<NodeIndex, Uint8Array>();
  for (const [x, key] of keys) {
    const [old, now] = [before.node(x), after.node(x)];
    if (old !== undefined && now !== undefined && equal(old.encryptionKey, now.encryptionKey))
      kept.set(x, key);
  }
  return kept;
}

/** Returns the group in its next epoch, and the old value's secrets that are not in it. */
export function advanced(
  group: Group,
  staged: StagedCommit,
  epoch: NextEpoch,
  privateKeys: PrivateKeys,
  signaturePrivateKey: Uint8Array,
): Followed {
  const { encryptionSecret, ...secrets } = epoch.secrets;
  return follow(group, {
    ...group,
    context: epoch.context,
    tree: staged.after,
    signaturePrivateKey,
    privateKeys,
    confirmationTag: epoch.confirmationTag,
    interimTranscriptHash: epoch.interimTranscriptHash,
    secrets,
    secretTree: secretTree(staged.after.leafCount, encryptionSecret),
    proposals: new Map(),
    reinit: staged.effects.reinit,
  });
}

export interface Followed {
  readonly next: Group;
  readonly spent: readonly Uint8Array[];
}

/**
 * Applies this member's own commit once it takes effect.
 * @param current the latest state of the group, still in the epoch in which the commit was made
 * @param next as createCommit() returned it
 * @throws UsageError where they are not consecutive
 */
export function merge(current: Group, next: Group): Followed {
  if (
    next.context.epoch !== current.context.epoch + 1n ||
    !equal(next.context.groupId, current.context.groupId)
  )
    throw new UsageError("§14", "The commit was made in another epoch");
  return follow(current, next);
}

/** Keeps the keys of the ending epoch that late messages need. */
function follow(current: Group, next: Group): Followed {
  const { senderDataSecret, resumptionPsk: resumption, ...old } = current.secrets;
  const ended = endEpoch(current.suite, current.secretTree, current.ownLeaf);
  const past: PastEpoch[] = [
    {
      context: current.context,
      senderDataSecret,
      secretTree: ended.tree,
      signatureKeys: current.tree.signatureKeys,
      resumptionPsk: resumption,
    },
    ...current.past,
  ];
  const kept = new Set(next.privateKeys.values());
  const spent = [
    ...Object.values(old),
    ...ended.spent,
    ...[...current.privateKeys.values()].filter((key) => !kept.has(key)),
    ...past.slice(MAX_PAST_EPOCHS).flatMap(secretsOfPast),
  ];
  return { next: { ...next, past: past.slice(0, MAX_PAST_EPOCHS) }, spent };
}

const secretsOfPast = (epoch: PastEpoch): Uint8Array[] => [
  epoch.senderDataSecret,
  epoch.resumptionPsk,
  ...secretsIn(epoch.secretTree),
];
