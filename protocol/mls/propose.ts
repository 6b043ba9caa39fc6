/** Proposals sent separately from a commit (RFC 9420 §12.1). */
import { EMPTY, keyText } from "./bytes.ts";
import { protect } from "./commit.ts";
import { UsageError } from "./errors.ts";
import { type FramedContent, type MessageFormat, proposalRef, signContent } from "./framing.ts";
import { type Group, type PendingProposal, requireOpen } from "./group.ts";
import { type LeafContent, signLeafNode } from "./leaf-node.ts";
import type { Proposal } from "./proposal.ts";
import { requirePending } from "./receive-proposal.ts";

export interface Proposed {
  readonly next: Group;
  /** MLSMessage */
  readonly message: Uint8Array;
  readonly spent: readonly Uint8Array[];
}

interface Framing {
  readonly format?: MessageFormat;
  readonly authenticatedData?: Uint8Array;
}

/**
 * Makes a proposal.
 * @throws UsageError after a ReInit, or with too many pending proposals
 */
export function propose(
  group: Group,
  proposal: Proposal,
  framing: Framing = {},
  own: PendingProposal["own"] = undefined,
): Proposed {
  requireOpen(group);
  requirePending(group);
  const { suite, context, ownLeaf } = group;
  const format = framing.format ?? "mls_private_message";
  const sender = { type: "member", leafIndex: ownLeaf } as const;
  const content: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender,
    authenticatedData: framing.authenticatedData ?? EMPTY,
    content: { type: "proposal", proposal },
  };
  const signature = signContent(suite, group.signaturePrivateKey, format, content, context);
  const auth = { signature, confirmationTag: undefined };
  const sealed = protect(group, format, { content, auth }, 0);
  const reference = proposalRef(suite, { wireFormat: format, content, auth });
  const pending: PendingProposal = { reference, proposal, sender, own };
  const proposals = new Map([...group.proposals, [keyText(reference), pending]]);
  return { next: { ...sealed.current, proposals }, message: sealed.message, spent: sealed.spent };
}

/**
 * Proposes new keys for this member's own leaf (§12.1.2).
 * @param change a new signature key comes with its private key
 */
export function proposeUpdate(
  group: Group,
  change: Partial<LeafContent> & { readonly signaturePrivateKey?: Uint8Array } = {},
  framing: Framing = {},
): Proposed {
  const { suite, context, ownLeaf, tree } = group;
  const before = tree.leaf(ownLeaf);
  if (before === undefined) throw new UsageError("§12.1.2", "There is no leaf of our own");
  const { publicKey, privateKey } = suite.hpke.kem.generateKeyPair();
  const { signaturePrivateKey = group.signaturePrivateKey, ...leaf } = change;
  const { signatureKey, credential, capabilities, extensions } = { ...before, ...leaf };
  const content = { signatureKey, credential, capabilities, extensions };
  const place = { groupId: context.groupId, leaf: ownLeaf };
  const unsigned = { ...content, encryptionKey: publicKey, source: { type: "update" } } as const;
  const leafNode = signLeafNode(suite, signaturePrivateKey, unsigned, place);
  const own = { encryptionPrivateKey: privateKey, signaturePrivateKey };
  return propose(group, { type: "update", leafNode }, framing, own);
}
