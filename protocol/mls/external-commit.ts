/** Joining, or rejoining, by an external commit (RFC 9420 §12.4.3.2). */
import { EMPTY, wipe } from "./bytes.ts";
import { decode } from "./codec.ts";
import { ValidationError } from "./errors.ts";
import { EXTENSION, externalPub, findExtension } from "./extension.ts";
import { newInitSecret } from "./external-init.ts";
import { type FramedContent, signContent } from "./framing.ts";
import type { Group } from "./group.ts";
import { contextBytes } from "./group-context.ts";
import { openGroupInfo } from "./group-info.ts";
import type { LeafContent } from "./leaf-node.ts";
import { requireHpkeKey, requireLifetime } from "./leaf-validation.ts";
import { decodeAs, encodeMessage } from "./message.ts";
import { nextEpoch, pskSecretOf } from "./next-epoch.ts";
import { type Policy, requireAccepted } from "./policy.ts";
import type { Commit, Proposal } from "./proposal.ts";
import type { PreSharedKeyId } from "./psk.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { secretTree } from "./secret-tree.ts";
import { judged, stageProposals, validatePath } from "./stage-commit.ts";
import type { CipherSuite } from "./suite.ts";
import { interimTranscriptHash } from "./transcript-hash.ts";
import { treeHash } from "./tree-hash.ts";
import { createPath } from "./tree-kem.ts";
import type { LeafIndex } from "./tree-math.ts";
import { validateTree } from "./tree-validation.ts";

export interface ExternalJoin {
  /** MLSMessage(GroupInfo) with external_pub, foreign. */
  readonly groupInfo: Uint8Array;
  /** The tree, if the GroupInfo does not include it. */
  readonly tree?: RatchetTree;
  readonly leaf: LeafContent;
  readonly signaturePrivateKey: Uint8Array;
  /** This member's old leaf, to be replaced when it rejoins. */
  readonly remove?: LeafIndex;
  readonly psks?: readonly PreSharedKeyId[];
  readonly authenticatedData?: Uint8Array;
}

/**
 * Joins a group.
 * @returns the group after the commit, and the commit for its members: MLSMessage(PublicMessage)
 * @throws CodecError, ValidationError, RefusedError, VerificationError where the group may not be joined
 */
export function joinExternally(
  suite: CipherSuite,
  join: ExternalJoin,
  policy: Policy,
): { readonly next: Group; readonly message: Uint8Array } {
  const { groupInfo: info } = decodeAs("mls_group_info", join.groupInfo);
  const { groupContext: context } = info;
  const tree = openGroupInfo(suite, info, join.tree);
  validateTree(suite, tree, context);
  for (const [, leaf] of tree.members()) requireLifetime(leaf, policy.now, policy.longestLifetime);
  requireAccepted(
    policy.judgeGroup?.({ context, tree, signer: info.signer, infoExtensions: info.extensions }),
  );
  const { kemOutput, initSecret } = newInitSecret(suite, externalKey(suite, info.extensions));

  const sender = { type: "new_member_commit" } as const;
  const proposals: Proposal[] = [
    { type: "external_init", kemOutput },
    ...(join.remove === undefined ? [] : [{ type: "remove", removed: join.remove } as const]),
    ...(join.psks ?? []).map((psk) => ({ type: "psk", psk }) as const),
  ];
  const list = proposals.map((proposal) => ({ proposal, sender }));
  const ground = { suite, context, tree };
  const staged = stageProposals(ground, list, undefined, policy);
  const made = createPath(
    suite,
    staged.tree,
    staged.committer,
    [],
    context.groupId,
    join.leaf,
    join.signaturePrivateKey,
    (next) => contextBytes({ ...context, epoch: context.epoch + 1n, treeHash: treeHash(suite, next) }),
  );
  validatePath(ground, staged, made.path, policy);
  const authenticatedData = (join.authenticatedData ?? EMPTY).slice();
  const after = judged(ground, staged, made.tree, authenticatedData, policy);
  const commit: Commit = {
    proposals: proposals.map((proposal) => ({ type: "proposal", proposal })),
    path: made.path,
  };
  const content: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender,
    authenticatedData,
    content: { type: "commit", commit },
  };
  const format = "mls_public_message";
  const signature = signContent(suite, join.signaturePrivateKey, format, content, context);
  const unconfirmed = {
    wireFormat: format,
    content,
    auth: { signature, confirmationTag: undefined },
  } as const;
  const epoch = nextEpoch(
    suite,
    interimTranscriptHash(suite, context.confirmedTranscriptHash, info.confirmationTag),
    after.provisional,
    unconfirmed,
    initSecret,
    made.commitSecret,
    pskSecretOf(suite, undefined, staged.effects.psks, policy),
  );
  wipe(initSecret, epoch.joiner, epoch.psk, ...made.pathSecrets.values());
  const { encryptionSecret, ...secrets } = epoch.secrets;
  const { confirmationTag } = epoch;
  const publicMessage = { content, auth: { signature, confirmationTag }, membershipTag: undefined };
  return {
    message: encodeMessage({ wireFormat: format, publicMessage }),
    next: {
      suite,
      context: epoch.context,
      tree: after.after,
      ownLeaf: staged.committer,
      signaturePrivateKey: join.signaturePrivateKey,
      privateKeys: made.privateKeys,
      confirmationTag,
      interimTranscriptHash: epoch.interimTranscriptHash,
      secrets,
      secretTree: secretTree(after.after.leafCount, encryptionSecret),
      proposals: new Map(),
      past: [],
      reinit: undefined,
    },
  };
}

function externalKey(suite: CipherSuite, extensions: Parameters<typeof findExtension>[0]): Uint8Array {
  const data = findExtension(extensions, EXTENSION.externalPub);
  if (data === undefined) throw new ValidationError("§12.4.3.2", "The GroupInfo has no external_pub");
  const key = decode(externalPub, data).externalPub;
  requireHpkeKey(suite, key);
  return key;
}
