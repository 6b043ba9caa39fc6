/** Making a commit (RFC 9420 §12.4.1). */
import { EMPTY, wipe } from "./bytes.ts";
import { UsageError } from "./errors.ts";
import { type Content, type FramedContent, type MessageFormat, signContent } from "./framing.ts";
import { currentKeys, type Group, type PendingProposal, requireOpen } from "./group.ts";
import { contextBytes } from "./group-context.ts";
import type { GroupInfoOptions } from "./group-info.ts";
import type { LeafContent } from "./leaf-node.ts";
import { requireLifetime } from "./leaf-validation.ts";
import { encodeMessage } from "./message.ts";
import { advanced, keptKeys, nextEpoch, pskSecretOf } from "./next-epoch.ts";
import type { Committed, Policy } from "./policy.ts";
import { protectPrivate } from "./private-message.ts";
import type { Commit, Proposal } from "./proposal.ts";
import { protectPublic } from "./public-message.ts";
import { judged, pathRequired, type StagedProposals, stageProposals, validatePath } from "./stage-commit.ts";
import { treeHash } from "./tree-hash.ts";
import { createPath, type PrivateKeys } from "./tree-kem.ts";
import type { NodeIndex } from "./tree-math.ts";
import { createWelcome } from "./welcome.ts";

export interface CommitOptions {
  /** The committer's own proposals, by value. */
  readonly proposals?: readonly Proposal[];
  /** Received proposals, by reference; by default all pending ones. */
  readonly references?: readonly PendingProposal[];
  /** Whether the committer gets new keys even if the proposals do not require it; by default yes. */
  readonly path?: boolean;
  /** Changes to this member's own leaf; only with a path. A new signature key comes with its private key. */
  readonly leaf?: Partial<LeafContent>;
  readonly signaturePrivateKey?: Uint8Array;
  readonly authenticatedData?: Uint8Array;
  readonly format?: MessageFormat;
  readonly padding?: number;
  /** Contents of a Welcome's GroupInfo; by default the tree. */
  readonly welcome?: GroupInfoOptions;
}

export interface CommitMade {
  /** The current epoch, without the key that sealed the commit: in use until the commit takes effect. */
  readonly current: Group;
  /**
   * The group after the commit: once it takes effect, merge() combines it with the state that `current` has
   * by then.
   */
  readonly next: Group;
  /** MLSMessage */
  readonly message: Uint8Array;
  /** MLSMessage(Welcome) for all added members; sent when the commit takes effect. */
  readonly welcome: Uint8Array | undefined;
  /** Secrets to overwrite once `current` is stored. */
  readonly spent: readonly Uint8Array[];
}

/**
 * Makes a commit.
 * @throws ValidationError where the proposals may not be committed, RefusedError by the policy, UsageError
 * after a ReInit
 */
export function createCommit(group: Group, options: CommitOptions, policy: Policy): CommitMade {
  requireOpen(group);
  const { suite, context, ownLeaf } = group;
  const sender = { type: "member", leafIndex: ownLeaf } as const;
  const references = options.references ?? [...group.proposals.values()];
  const own = options.proposals ?? [];
  const list: Committed[] = [...references, ...own.map((proposal) => ({ proposal, sender }))];
  requireLifetimes(list);
  const staged = stageProposals(group, list, ownLeaf, policy);
  const made = makePath(group, staged, options);
  if (made.path !== undefined) validatePath(group, staged, made.path, policy);
  const authenticatedData = (options.authenticatedData ?? EMPTY).slice();
  const after = judged(group, staged, made.tree, authenticatedData, policy);

  const commit: Commit = {
    proposals: [
      ...references.map(({ reference }) => ({ type: "reference", reference }) as const),
      ...own.map((proposal) => ({ type: "proposal", proposal }) as const),
    ],
    path: made.path,
  };
  const content: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender,
    authenticatedData,
    content: { type: "commit", commit } satisfies Content,
  };
  const format = options.format ?? "mls_private_message";
  const signature = signContent(suite, group.signaturePrivateKey, format, content, context);
  const unconfirmed = { wireFormat: format, content, auth: { signature, confirmationTag: undefined } };
  const psk = pskSecretOf(suite, group, staged.effects.psks, policy);
  const { initSecret } = group.secrets;
  const epoch = nextEpoch(
    suite,
    group.interimTranscriptHash,
    after.provisional,
    unconfirmed,
    initSecret,
    made.commitSecret,
    psk,
  );
  const auth = { signature, confirmationTag: epoch.confirmationTag };
  const sealed = protect(group, format, { content, auth }, options.padding ?? 0);
  const signing = options.signaturePrivateKey ?? group.signaturePrivateKey;
  const result = advanced(sealed.current, after, epoch, made.privateKeys, signing);
  const welcome =
    staged.effects.added.length === 0
      ? undefined
      : createWelcome(result.next, after, epoch, made.pathSecrets, options.welcome ?? { tree: true });
  wipe(epoch.joiner, epoch.psk, ...made.pathSecrets.values());
  return {
    current: sealed.current,
    next: result.next,
    message: sealed.message,
    welcome,
    spent: sealed.spent,
  };
}

interface MadePath {
  readonly tree: Group["tree"];
  readonly path: Commit["path"];
  readonly pathSecrets: ReadonlyMap<NodeIndex, Uint8Array>;
  readonly privateKeys: PrivateKeys;
  readonly commitSecret: Uint8Array;
}

function makePath(group: Group, staged: StagedProposals, options: CommitOptions): MadePath {
  const { suite, context, ownLeaf } = group;
  if (options.path === false && !pathRequired(staged.list)) {
    if (options.leaf !== undefined) throw new UsageError("§12.4", "A new leaf without a path");
    return {
      tree: staged.tree,
      path: undefined,
      pathSecrets: new Map(),
      privateKeys: keptKeys(group.tree, staged.tree, group.privateKeys),
      commitSecret: new Uint8Array(suite.kdf.bytes),
    };
  }
  const before = staged.tree.leaf(ownLeaf);
  if (before === undefined) throw new UsageError("§12.4", "There is no leaf of our own");
  const { signatureKey, credential, capabilities, extensions } = { ...before, ...options.leaf };
  const content = { signatureKey, credential, capabilities, extensions };
  const key = options.signaturePrivateKey ?? group.signaturePrivateKey;
  const made = createPath(
    suite,
    staged.tree,
    ownLeaf,
    staged.effects.added,
    context.groupId,
    content,
    key,
    (tree) =>
      contextBytes({
        ...context,
        epoch: context.epoch + 1n,
        treeHash: treeHash(suite, tree),
        extensions: staged.extensions,
      }),
  );
  return made;
}

/** Checks §7.3: the lifetime of a sent leaf has begun and is not over. */
function requireLifetimes(list: readonly Committed[]): void {
  for (const { proposal } of list)
    if (proposal.type === "add") requireLifetime(proposal.keyPackage.leafNode, Date.now() / 1000, undefined);
}

/** Frames a handshake message that is already signed. */
export function protect(
  group: Group,
  format: MessageFormat,
  message: Parameters<typeof protectPrivate>[3],
  padding: number,
): { readonly current: Group; readonly message: Uint8Array; readonly spent: readonly Uint8Array[] } {
  const { suite, context, ownLeaf, secrets } = group;
  if (format === "mls_public_message") {
    const publicMessage = protectPublic(suite, secrets.membershipKey, message, context);
    return { current: group, message: encodeMessage({ wireFormat: format, publicMessage }), spent: [] };
  }
  const sealed = protectPrivate(suite, currentKeys(group), ownLeaf, message, padding);
  return {
    current: { ...group, secretTree: sealed.used.tree },
    message: encodeMessage({ wireFormat: format, privateMessage: sealed.message }),
    spent: sealed.used.spent,
  };
}
