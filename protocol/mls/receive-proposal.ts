/** Incoming proposals: checked by themselves, and kept until a commit refers to them (RFC 9420 §12.1). */
import { MAX_PENDING_PROPOSALS } from "./bounds.ts";
import { keyText } from "./bytes.ts";
import { decode } from "./codec.ts";
import { UsageError, ValidationError } from "./errors.ts";
import { EXTENSION, externalSenders, findExtension } from "./extension.ts";
import { type AuthenticatedContent, proposalRef } from "./framing.ts";
import type { Group, PendingProposal } from "./group.ts";
import type { Policy } from "./policy.ts";
import type { Proposal } from "./proposal.ts";
import { validateProposal } from "./proposal-list.ts";

/**
 * Keeps a proposal.
 * @param message its signature has been verified.
 * @throws ValidationError, UsageError with too many pending proposals
 */
export function keepProposal(
  group: Group,
  message: AuthenticatedContent,
  proposal: Proposal,
  policy: Policy,
): { readonly next: Group; readonly pending: PendingProposal } {
  requirePending(group);
  const { sender } = message.content;
  const extensions =
    proposal.type === "group_context_extensions" ? proposal.extensions : group.context.extensions;
  validateProposal(group, proposal, sender, extensions, policy);
  if (proposal.type === "external_init")
    throw new ValidationError("§12.1.6", "An ExternalInit outside of an external commit");
  const reference = proposalRef(group.suite, message);
  const pending = { reference, proposal, sender, own: undefined };
  const proposals = new Map([...group.proposals, [keyText(reference), pending]]);
  return { next: { ...group, proposals }, pending };
}

/**
 * Checks that another proposal can be kept.
 * @throws UsageError
 */
export function requirePending(group: Group): void {
  if (group.proposals.size >= MAX_PENDING_PROPOSALS)
    throw new UsageError("§12.1", `More than ${MAX_PENDING_PROPOSALS} proposals wait for a commit`);
}

/**
 * Returns the key with which the sender of a PublicMessage signs (§6.1).
 * @throws ValidationError
 */
export function signatureKeyOf(group: Group, message: AuthenticatedContent): Uint8Array {
  const { sender, content } = message.content;
  const key = (() => {
    switch (sender.type) {
      case "member":
        return group.tree.leaf(sender.leafIndex)?.signatureKey;
      case "external":
        return content.type === "proposal" ? externalKey(group, sender.senderIndex) : undefined;
      case "new_member_proposal":
        return content.type === "proposal" && content.proposal.type === "add"
          ? content.proposal.keyPackage.leafNode.signatureKey
          : undefined;
      case "new_member_commit":
        return content.type === "commit" ? content.commit.path?.leafNode.signatureKey : undefined;
    }
  })();
  if (key === undefined)
    throw new ValidationError("§6.1", `No signature key for this message of a sender ${sender.type}`);
  return key;
}

/** Returns an external sender's key (§12.1.8.1). */
function externalKey(group: Group, index: number): Uint8Array | undefined {
  const data = findExtension(group.context.extensions, EXTENSION.externalSenders);
  return data === undefined ? undefined : decode(externalSenders, data)[index]?.signatureKey;
}
