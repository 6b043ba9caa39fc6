/**
 * Which proposals a commit may cover, one function per rule (RFC 9420 §12.1, §12.2). Each throws
 * ValidationError or VerificationError.
 */
import { keyText } from "./bytes.ts";
import { decode, encode } from "./codec.ts";
import { ValidationError } from "./errors.ts";
import {
  EXTENSION,
  type Extension,
  externalSenders,
  findExtension,
  requiredCapabilities,
} from "./extension.ts";
import type { Sender } from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import {
  requireLifetime,
  requireNewKey,
  requireSource,
  validateKeyPackage,
  validateLeaf,
} from "./leaf-validation.ts";
import { type Committed, type Policy, sameCredential } from "./policy.ts";
import type { Proposal, ProposalType } from "./proposal.ts";
import { preSharedKeyId } from "./psk.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";
import type { LeafIndex } from "./tree-math.ts";

/** The state against which proposals are checked: the group before the commit. */
export interface Ground {
  readonly suite: CipherSuite;
  readonly context: GroupContext;
  readonly tree: RatchetTree;
}

/**
 * Checks the proposals of a member's commit.
 * @returns the extensions of the next epoch
 */
export function validateProposalList(
  ground: Ground,
  list: readonly Committed[],
  committer: LeafIndex,
  policy: Policy,
): readonly Extension[] {
  const extensions = nextExtensions(ground.context, list);
  for (const { proposal, sender } of list) validateProposal(ground, proposal, sender, extensions, policy);
  forbid(list, "external_init", "§12.2");
  forbidOwnUpdate(list, committer);
  forbidOwnRemoval(list, committer);
  requireOneChangeALeaf(list);
  requireDistinctPsks(list);
  requireReInitAlone(list);
  return extensions;
}

/** Checks the proposals of an external commit. */
export function validateExternalList(ground: Ground, list: readonly Committed[], policy: Policy): void {
  const { extensions } = ground.context;
  for (const { proposal, sender } of list) validateProposal(ground, proposal, sender, extensions, policy);
  const count = (type: ProposalType) => list.filter(({ proposal }) => proposal.type === type).length;
  if (count("external_init") !== 1 || count("remove") > 1)
    throw new ValidationError("§12.2", "An external commit has one ExternalInit and at most one Remove");
  if (count("external_init") + count("remove") + count("psk") !== list.length)
    throw new ValidationError("§12.2", "An external commit has a proposal of another type");
  requireDistinctPsks(list);
}

/**
 * Checks one proposal by itself (§12.1).
 * @param extensions of the GroupContext that applies
 */
export function validateProposal(
  ground: Ground,
  proposal: Proposal,
  sender: Sender,
  extensions: readonly Extension[],
  policy: Policy,
): void {
  requireAllowedSender(proposal.type, sender);
  switch (proposal.type) {
    case "add":
      validateKeyPackage(ground.suite, proposal.keyPackage, extensions);
      requireLifetime(proposal.keyPackage.leafNode, policy.now, policy.longestLifetime);
      return;
    case "update":
      validateUpdate(ground, proposal.leafNode, sender, extensions, policy);
      return;
    case "remove":
      if (ground.tree.leaf(proposal.removed) === undefined)
        throw new ValidationError("§12.1.3", "A Remove of a blank leaf");
      return;
    case "psk":
      validatePsk(ground.suite, proposal.psk);
      return;
    case "reinit":
      if (proposal.version < ground.context.version)
        throw new ValidationError("§12.1.5", "A ReInit to an earlier version");
      return;
    case "external_init":
      return;
    case "group_context_extensions":
      requireReadableExtensions(proposal.extensions);
  }
}

/** Checks §12.1.8: which proposals may come from outside the group. */
function requireAllowedSender(type: ProposalType, sender: Sender): void {
  const outside: readonly ProposalType[] = ["add", "remove", "psk", "reinit", "group_context_extensions"];
  const allowed =
    sender.type === "external"
      ? outside.includes(type)
      : sender.type === "new_member_proposal"
        ? type === "add"
        : sender.type === "member" || type !== "update";
  if (!allowed) throw new ValidationError("§12.1.8", `A proposal ${type} from a sender ${sender.type}`);
}

/** Checks an Update (§12.1.2). */
function validateUpdate(
  { suite, context, tree }: Ground,
  leafNode: Parameters<typeof validateLeaf>[1],
  sender: Sender,
  extensions: readonly Extension[],
  { successor = sameCredential }: Policy,
): void {
  const before = sender.type === "member" ? tree.leaf(sender.leafIndex) : undefined;
  if (sender.type !== "member" || before === undefined)
    throw new ValidationError("§12.1.2", "An Update from outside the group");
  requireSource(leafNode, "update");
  validateLeaf(suite, leafNode, { groupId: context.groupId, leaf: sender.leafIndex }, extensions);
  requireNewKey(before, leafNode);
  if (!successor(before, leafNode))
    throw new ValidationError("§5.3.1", "An Update puts another's credential in a leaf");
}

/** Checks §12.1.4. PSKs for reinitialisation and branching are only valid in a new group. */
function validatePsk(suite: CipherSuite, { psk, nonce }: Extract<Proposal, { type: "psk" }>["psk"]): void {
  if (nonce.length !== suite.kdf.bytes)
    throw new ValidationError("§12.1.4", "A PSK's nonce is of the wrong length");
  if (psk.type === "resumption" && psk.usage !== "application")
    throw new ValidationError("§12.1.4", `A PSK for ${psk.usage} in a commit`);
}

/**
 * Checks that extensions of known types parse (§11.1, §12.1.8.1).
 * @throws CodecError
 */
function requireReadableExtensions(extensions: readonly Extension[]): void {
  const required = findExtension(extensions, EXTENSION.requiredCapabilities);
  if (required !== undefined) decode(requiredCapabilities, required);
  const senders = findExtension(extensions, EXTENSION.externalSenders);
  if (senders !== undefined) decode(externalSenders, senders);
}

/**
 * Returns the next extensions. §12.3: they already apply to the other proposals. §12.2: at most one such
 * proposal.
 */
function nextExtensions(context: GroupContext, list: readonly Committed[]): readonly Extension[] {
  const changes = list.flatMap(({ proposal }) =>
    proposal.type === "group_context_extensions" ? [proposal.extensions] : [],
  );
  if (changes.length > 1) throw new ValidationError("§12.2", "Two GroupContextExtensions in a commit");
  return changes[0] ?? context.extensions;
}

function forbid(list: readonly Committed[], type: ProposalType, section: string): void {
  if (list.some(({ proposal }) => proposal.type === type))
    throw new ValidationError(section, `A member's commit has a proposal ${type}`);
}

/** Checks §12.2: a commit does not cover its committer's own Update. */
function forbidOwnUpdate(list: readonly Committed[], committer: LeafIndex): void {
  for (const { proposal, sender } of list)
    if (proposal.type === "update" && sender.type === "member" && sender.leafIndex === committer)
      throw new ValidationError("§12.2", "A commit covers its committer's own Update");
}

/** Checks §12.2: a commit does not remove its committer. */
function forbidOwnRemoval(list: readonly Committed[], committer: LeafIndex): void {
  for (const { proposal } of list)
    if (proposal.type === "remove" && proposal.removed === committer)
      throw new ValidationError("§12.2", "A commit removes its committer");
}

/** Checks §12.2: at most one Update or Remove for a leaf. */
function requireOneChangeALeaf(list: readonly Committed[]): void {
  const changed = list.flatMap(({ proposal, sender }) => {
    if (proposal.type === "remove") return [proposal.removed];
    return proposal.type === "update" && sender.type === "member" ? [sender.leafIndex] : [];
  });
  if (new Set(changed).size < changed.length)
    throw new ValidationError("§12.2", "A commit updates or removes a leaf twice");
}

/** Checks §12.2: no PSK is named twice. */
function requireDistinctPsks(list: readonly Committed[]): void {
  const ids = list.flatMap(({ proposal }) =>
    proposal.type === "psk" ? [keyText(encode(preSharedKeyId, proposal.psk))] : [],
  );
  if (new Set(ids).size < ids.length) throw new ValidationError("§12.2", "A commit names a PSK twice");
}

/** Checks §12.2: a ReInit is the only proposal. */
function requireReInitAlone(list: readonly Committed[]): void {
  if (list.length > 1 && list.some(({ proposal }) => proposal.type === "reinit"))
    throw new ValidationError("§12.2", "A ReInit together with other proposals");
}
