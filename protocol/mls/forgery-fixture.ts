/**
 * Commits of a malicious insider: consistent, signed and confirmed, except for the part that a test spoils.
 */
import { applyProposals } from "./apply-proposals.ts";
import { EMPTY, random } from "./bytes.ts";
import { protect } from "./commit.ts";
import { type FramedContent, type Sender, signContent } from "./framing.ts";
import type { Group } from "./group.ts";
import { contextBytes } from "./group-context.ts";
import { deriveSecret, encryptWithLabel } from "./labels.ts";
import { type LeafContent, signLeafNode, type UnsignedLeafNode } from "./leaf-node.ts";
import { encodeMessage } from "./message.ts";
import { nextEpoch, pskSecretOf } from "./next-epoch.ts";
import { pathParents } from "./parent-hash.ts";
import type { Policy } from "./policy.ts";
import type { Commit, Proposal } from "./proposal.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { treeHash } from "./tree-hash.ts";
import { type LeafIndex, nodeOf } from "./tree-math.ts";
import type { UpdatePath } from "./update-path.ts";

export interface Spoil {
  readonly proposals?: readonly Proposal[];
  readonly references?: readonly Uint8Array[];
  readonly path?: false;
  /** Changes the public keys of the path's nodes, from the leaf up. */
  readonly keys?: (keys: readonly Uint8Array[]) => Uint8Array[];
  /** Changes the bytes that are encrypted instead of the path secrets. */
  readonly sent?: (secrets: readonly Uint8Array[]) => Uint8Array[];
  readonly leaf?: (leaf: UnsignedLeafNode) => UnsignedLeafNode;
  readonly leafKey?: Uint8Array;
  readonly sentPath?: (path: UpdatePath) => UpdatePath;
  readonly confirmationTag?: (tag: Uint8Array) => Uint8Array;
  readonly content?: (content: FramedContent) => FramedContent;
  readonly policy?: Policy;
}

/**
 * Forges a commit.
 * @returns MLSMessage(PublicMessage)
 */
export function forgeCommit(insider: Group, spoil: Spoil): Uint8Array {
  const sender = { type: "member", leafIndex: insider.ownLeaf } as const;
  const leaf = insider.tree.leaf(insider.ownLeaf);
  if (leaf === undefined) throw new Error("no leaf");
  const { content, auth } = forge(
    insider,
    sender,
    insider.signaturePrivateKey,
    leaf,
    insider.secrets.initSecret,
    spoil,
  );
  return protect(insider, "mls_public_message", { content, auth }, 0).message;
}

/**
 * Forges an outsider's commit.
 * @param view the public half of the group, and an init_secret that fits the proposals' kem_output
 */
export function forgeExternalCommit(
  view: Group,
  content: LeafContent,
  signaturePrivateKey: Uint8Array,
  initSecret: Uint8Array,
  spoil: Spoil,
): Uint8Array {
  const forged = forge(view, { type: "new_member_commit" }, signaturePrivateKey, content, initSecret, spoil);
  const publicMessage = { ...forged, membershipTag: undefined };
  return encodeMessage({ wireFormat: "mls_public_message", publicMessage });
}

function forge(
  group: Group,
  sender: Sender,
  signaturePrivateKey: Uint8Array,
  leaf: LeafContent,
  initSecret: Uint8Array,
  spoil: Spoil,
) {
  const { suite, context } = group;
  const list = (spoil.proposals ?? []).map((proposal) => ({ proposal, sender }));
  const effects = applyProposals(group.tree, list);
  let committer = group.ownLeaf;
  const before = effects.tree.edit((draft) => {
    if (sender.type !== "member") committer = draft.freeLeaf();
  });
  const extensions = list.flatMap(({ proposal }) =>
    proposal.type === "group_context_extensions" ? [proposal.extensions] : [],
  );
  const base = { ...context, epoch: context.epoch + 1n, extensions: extensions[0] ?? context.extensions };
  const provisional = (tree: RatchetTree) => ({ ...base, treeHash: treeHash(suite, tree) });
  const made =
    spoil.path === false
      ? { tree: before, path: undefined, commitSecret: new Uint8Array(suite.kdf.bytes) }
      : forgePath(
          suite,
          before,
          committer,
          effects.added,
          context.groupId,
          leaf,
          signaturePrivateKey,
          spoil,
          (tree) => contextBytes(provisional(tree)),
        );
  const commit: Commit = {
    proposals: [
      ...(spoil.references ?? []).map((reference) => ({ type: "reference", reference }) as const),
      ...list.map(({ proposal }) => ({ type: "proposal", proposal }) as const),
    ],
    path: made.path && (spoil.sentPath?.(made.path) ?? made.path),
  };
  const honest: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender,
    authenticatedData: EMPTY,
    content: { type: "commit", commit },
  };
  const content = spoil.content?.(honest) ?? honest;
  const format = "mls_public_message";
  const signature = signContent(suite, signaturePrivateKey, format, content, context);
  const epoch = nextEpoch(
    suite,
    group.interimTranscriptHash,
    provisional(made.tree),
    { wireFormat: format, content, auth: { signature, confirmationTag: undefined } },
    initSecret,
    made.commitSecret,
    pskSecretOf(suite, group, effects.psks, spoil.policy ?? {}),
  );
  const confirmationTag = spoil.confirmationTag?.(epoch.confirmationTag) ?? epoch.confirmationTag;
  return { content, auth: { signature, confirmationTag } };
}

function forgePath(
  suite: CipherSuite,
  tree: RatchetTree,
  committer: LeafIndex,
  added: readonly LeafIndex[],
  groupId: Uint8Array,
  content: LeafContent,
  signaturePrivateKey: Uint8Array,
  spoil: Spoil,
  context: (tree: RatchetTree) => Uint8Array,
) {
  const steps = tree.filteredDirectPath(committer);
  const secrets = [random(suite.kdf.bytes)];
  for (const secret of secrets)
    if (secrets.length <= steps.length) secrets.push(deriveSecret(suite, secret, "path"));
  const { kem } = suite.hpke;
  const honest = secrets
    .slice(0, -1)
    .map((secret) => kem.deriveKeyPair(deriveSecret(suite, secret, "node")).publicKey);
  const keys = spoil.keys?.(honest) ?? honest;
  const { nodes, leafParentHash } = pathParents(suite, tree, steps, keys);
  const { signatureKey, credential, capabilities, extensions } = content;
  const unsigned: UnsignedLeafNode = {
    signatureKey,
    credential,
    capabilities,
    extensions,
    encryptionKey: spoil.leafKey ?? kem.generateKeyPair().publicKey,
    source: { type: "commit", parentHash: leafParentHash },
  };
  const place = { groupId, leaf: committer };
  const leafNode = signLeafNode(suite, signaturePrivateKey, spoil.leaf?.(unsigned) ?? unsigned, place);
  const next = tree.edit((draft) => {
    draft.blankPath(committer);
    for (const [i, { node }] of steps.entries()) draft.setParent(node, nodes[i]);
    draft.setLeaf(committer, leafNode);
  });
  const bytes = context(next);
  const excluded = new Set(added.map(nodeOf));
  const sent = spoil.sent?.(secrets) ?? secrets;
  const path: UpdatePath = {
    leafNode,
    nodes: steps.map(({ copath }, i) => ({
      encryptionKey: keys[i] ?? EMPTY,
      encryptedPathSecret: tree
        .resolution(copath)
        .filter((x) => !excluded.has(x))
        .map((x) =>
          encryptWithLabel(
            suite,
            tree.node(x)?.encryptionKey ?? EMPTY,
            "UpdatePathNode",
            bytes,
            sent[i] ?? EMPTY,
          ),
        ),
    })),
  };
  return { tree: next, path, commitSecret: secrets[steps.length] ?? EMPTY };
}
