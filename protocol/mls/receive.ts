/** Receives every message for a group: application data, proposals, commits (RFC 9420 §6, §12.4.2). */

import { applyCommit } from "./apply-commit.ts";
import { wipe } from "./bytes.ts";
import { OwnCommitError, UnavailableError, ValidationError } from "./errors.ts";
import { type AuthenticatedContent, verifyContent } from "./framing.ts";
import { currentKeys, type Group, type PendingProposal, requireCurrent, requireGroup } from "./group.ts";
import type { GroupContext } from "./group-context.ts";
import { decodeMessage } from "./message.ts";
import type { Committed, Policy } from "./policy.ts";
import { type PrivateMessage, unprotectPrivate } from "./private-message.ts";
import type { Commit } from "./proposal.ts";
import { type PublicMessage, unprotectPublic } from "./public-message.ts";
import { keepProposal, signatureKeyOf } from "./receive-proposal.ts";
import { stageCommit } from "./stage-commit.ts";
import { confirmedTranscriptHash } from "./transcript-hash.ts";
import type { LeafIndex } from "./tree-math.ts";

interface Common {
  /** Unencrypted, but signed. */
  readonly authenticatedData: Uint8Array;
  /** Secrets to overwrite once the next group is stored. */
  readonly spent: readonly Uint8Array[];
}
export type Received = Common &
  (
    | {
        readonly type: "application";
        readonly next: Group;
        readonly data: Uint8Array;
        readonly sender: LeafIndex;
        readonly epoch: bigint;
        readonly generation: number;
      }
    | { readonly type: "proposal"; readonly next: Group; readonly proposal: PendingProposal }
    | {
        readonly type: "commit";
        readonly next: Group;
        readonly proposals: readonly Committed[];
        /** Absent for an external commit. */
        readonly committer: LeafIndex | undefined;
        readonly added: readonly LeafIndex[];
        readonly removed: readonly LeafIndex[];
      }
    /** The commit removes this member: it cannot be applied, and the group is over here. */
    | {
        readonly type: "removed";
        readonly proposals: readonly Committed[];
        readonly committer: LeafIndex | undefined;
      }
  );

/**
 * Processes a message.
 * @param bytes MLSMessage, foreign; neither kept nor changed
 * @throws CodecError, ValidationError, UnavailableError, RefusedError, VerificationError; `group` is then
 * unchanged and still usable
 */
export function receive(group: Group, bytes: Uint8Array, policy: Policy): Received {
  const message = decodeMessage(bytes);
  switch (message.wireFormat) {
    case "mls_private_message":
      return receivePrivate(group, message.privateMessage, policy);
    case "mls_public_message":
      return receivePublic(group, message.publicMessage, policy);
    default:
      throw new ValidationError("§6", `A ${message.wireFormat} is no message within a group`);
  }
}

function receivePrivate(group: Group, message: PrivateMessage, policy: Policy): Received {
  requireGroup(group, message.groupId);
  if (message.epoch !== group.context.epoch && message.contentType === "application")
    return receiveLate(group, message);
  requireCurrent(group, message.groupId, message.epoch);
  const { content, used, sender } = unprotectPrivate(group.suite, currentKeys(group), message);
  const next = { ...group, secretTree: used.tree };
  const { authenticatedData, epoch } = content.content;
  const data = content.content.content;
  if (data.type !== "application") return receiveHandshake(next, content, policy, used.spent);
  return {
    type: "application",
    next,
    data: data.data,
    sender,
    epoch,
    generation: used.generation,
    authenticatedData,
    spent: used.spent,
  };
}

/** Opens application data of a past epoch (§15.3). */
function receiveLate(group: Group, message: PrivateMessage): Received {
  const keys = group.past.find(({ context }) => context.epoch === message.epoch);
  if (keys === undefined)
    throw new UnavailableError("§15.3", message.epoch > group.context.epoch ? "epoch-ahead" : "epoch-behind");
  const { content, used, sender } = unprotectPrivate(group.suite, keys, message);
  const data = content.content.content;
  if (data.type !== "application") throw new ValidationError("§6.3", "The content is of another type");
  const past = group.past.map((one) => (one === keys ? { ...keys, secretTree: used.tree } : one));
  return {
    type: "application",
    next: { ...group, past },
    data: data.data,
    sender,
    epoch: message.epoch,
    generation: used.generation,
    authenticatedData: content.content.authenticatedData,
    spent: used.spent,
  };
}

function receivePublic(group: Group, message: PublicMessage, policy: Policy): Received {
  return receiveHandshake(group, openPublic(group, message), policy, []);
}

function openPublic(group: Group, message: PublicMessage): AuthenticatedContent {
  const { suite, context, secrets } = group;
  requireCurrent(group, message.content.groupId, message.content.epoch);
  const content = unprotectPublic(suite, secrets.membershipKey, message, context);
  verifyContent(suite, signatureKeyOf(group, content), content, context);
  return content;
}

/**
 * Processes a proposal or commit.
 * @param spent secrets used up by opening the message
 */
function receiveHandshake(
  group: Group,
  message: AuthenticatedContent,
  policy: Policy,
  spent: readonly Uint8Array[],
): Received {
  const { content, authenticatedData } = message.content;
  switch (content.type) {
    case "application":
      throw new ValidationError("§6", "Application data as a handshake message");
    case "proposal": {
      const { next, pending } = keepProposal(group, message, content.proposal, policy);
      return { type: "proposal", next, proposal: pending, authenticatedData, spent };
    }
    case "commit":
      return receiveCommit(group, message, content.commit, policy, spent);
  }
}

function receiveCommit(
  group: Group,
  message: AuthenticatedContent,
  commit: Commit,
  policy: Policy,
  spent: readonly Uint8Array[],
): Received {
  const { sender, authenticatedData } = message.content;
  if (sender.type === "member" && sender.leafIndex === group.ownLeaf)
    throw new OwnCommitError("§12.4.2", "Our own commit has come back");
  const staged = stageCommit(group, message.content, commit, group.proposals, policy);
  const committer = staged.external ? undefined : staged.committer;
  const { list: proposals } = staged;
  const { added, removed } = staged.effects;
  // Taken from the commit, not from the tree afterwards: an Add may have reused the leaf (§12.4.2).
  if (removed.includes(group.ownLeaf))
    return { type: "removed", proposals, committer, authenticatedData, spent };
  const applied = applyCommit(group, message, commit, staged, policy);
  return {
    type: "commit",
    next: applied.next,
    proposals,
    committer,
    added,
    removed,
    authenticatedData,
    spent: [...spent, ...applied.spent],
  };
}

/**
 * Returns the GroupContext that a commit leads to. Needs none of its secrets, so members for whom its path
 * secret does not open can compute it too.
 * @throws as receive() does, except for faults that only the path's secrets and the confirmation tag reveal
 */
export function contextAfter(group: Group, bytes: Uint8Array, policy: Policy): GroupContext {
  const message = decodeMessage(bytes);
  const opened = (() => {
    if (message.wireFormat === "mls_public_message") return openPublic(group, message.publicMessage);
    if (message.wireFormat !== "mls_private_message") throw new ValidationError("§6", "Not a commit");
    const { groupId, epoch } = message.privateMessage;
    requireCurrent(group, groupId, epoch);
    const { content, used } = unprotectPrivate(group.suite, currentKeys(group), message.privateMessage);
    wipe(used.key, used.nonce);
    return content;
  })();
  const { content } = opened.content;
  if (content.type !== "commit") throw new ValidationError("§12.4", "Not a commit");
  const { provisional } = stageCommit(group, opened.content, content.commit, group.proposals, policy);
  const confirmed = confirmedTranscriptHash(group.suite, group.interimTranscriptHash, opened);
  return { ...provisional, confirmedTranscriptHash: confirmed };
}
