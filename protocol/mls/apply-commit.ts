/**
 * The part of receiving a commit that needs secrets (RFC 9420 §12.4.2): path secret, key schedule,
 * confirmation tag.
 */
import { EMPTY, wipe } from "./bytes.ts";
import { initSecretFrom } from "./external-init.ts";
import type { AuthenticatedContent } from "./framing.ts";
import type { Group } from "./group.ts";
import { contextBytes } from "./group-context.ts";
import { advanced, keptKeys, nextEpoch, pskSecretOf } from "./next-epoch.ts";
import type { Policy } from "./policy.ts";
import type { Commit } from "./proposal.ts";
import type { StagedCommit } from "./stage-commit.ts";
import { verifyConfirmationTag } from "./transcript-hash.ts";
import { openPath, type PrivateKeys } from "./tree-kem.ts";
import { nodeOf } from "./tree-math.ts";

/**
 * Applies a commit.
 * @throws VerificationError, ValidationError; `group` is unchanged then
 */
export function applyCommit(
  group: Group,
  message: AuthenticatedContent,
  commit: Commit,
  staged: StagedCommit,
  policy: Policy,
): { readonly next: Group; readonly spent: readonly Uint8Array[] } {
  const { suite, secrets } = group;
  const psk = pskSecretOf(suite, group, staged.effects.psks, policy);
  const own = ownUpdate(group, staged);
  const held = keysAfterProposals(group, staged, own);
  const opened = openOwnPath(group, commit, staged, held);
  const { kemOutput } = staged.effects;
  const initSecret =
    kemOutput === undefined ? secrets.initSecret : initSecretFrom(suite, secrets.externalSecret, kemOutput);
  const epoch = nextEpoch(
    suite,
    group.interimTranscriptHash,
    staged.provisional,
    message,
    initSecret,
    opened.commitSecret,
    psk,
  );
  wipe(epoch.joiner, epoch.psk);
  if (initSecret !== secrets.initSecret) wipe(initSecret);
  verifyConfirmationTag(epoch.confirmationTag, message.auth.confirmationTag ?? EMPTY);
  const privateKeys = new Map([...keptKeys(staged.tree, staged.after, held), ...opened.privateKeys]);
  const signing = own?.signaturePrivateKey ?? group.signaturePrivateKey;
  return advanced(group, staged, epoch, privateKeys, signing);
}

/** Returns this member's own Update if the commit covers it. */
function ownUpdate(group: Group, { list }: StagedCommit) {
  for (const { proposal, sender } of list) {
    if (proposal.type !== "update" || sender.type !== "member" || sender.leafIndex !== group.ownLeaf)
      continue;
    const pending = [...group.proposals.values()].find((one) => one.proposal === proposal);
    return pending?.own;
  }
  return undefined;
}

function keysAfterProposals(
  group: Group,
  staged: StagedCommit,
  own: ReturnType<typeof ownUpdate>,
): PrivateKeys {
  const kept = keptKeys(group.tree, staged.tree, group.privateKeys);
  return own === undefined ? kept : new Map([...kept, [nodeOf(group.ownLeaf), own.encryptionPrivateKey]]);
}

function openOwnPath(group: Group, commit: Commit, staged: StagedCommit, held: PrivateKeys) {
  const { suite, ownLeaf } = group;
  if (commit.path === undefined)
    return { privateKeys: new Map(), commitSecret: new Uint8Array(suite.kdf.bytes) };
  const { committer, effects, provisional } = staged;
  const context = contextBytes(provisional);
  return openPath(suite, staged.tree, committer, effects.added, commit.path, ownLeaf, held, context);
}
