/**
 * The parts that a group is stored in, each with its own name, for a table of rows: one for values that
 * change in every epoch, one for each node of the tree, and one for each secret and each ratchet. All but the
 * nodes are secret; the caller seals them.
 */
import { MAX_HASH_BYTES, MAX_KEY_BYTES, MAX_LEAVES, MAX_PAST_EPOCHS } from "./bounds.ts";
import { fixed, opaque, optional, struct, uint8, uint16, uint32, uint64, vector } from "./codec.ts";
import { sender } from "./framing.ts";
import { groupContext } from "./group-context.ts";
import { leafNumber, proposal, reInit } from "./proposal.ts";
import type { RatchetKind } from "./secret-tree.ts";

/** Raised when the format of a part changes. */
export const FORM = 1;

const secret = opaque(MAX_HASH_BYTES);
const key = opaque(MAX_KEY_BYTES);

/** "group" */
export const groupPart = struct({
  form: uint8,
  cipherSuite: uint16,
  context: groupContext,
  ownLeaf: leafNumber,
  signaturePrivateKey: key,
  privateKeys: vector(struct({ node: uint32, key }), MAX_LEAVES),
  confirmationTag: secret,
  interimTranscriptHash: secret,
  secrets: struct({
    senderDataSecret: secret,
    exporterSecret: secret,
    externalSecret: secret,
    confirmationKey: secret,
    membershipKey: secret,
    resumptionPsk: secret,
    epochAuthenticator: secret,
    initSecret: secret,
  }),
  /** The latest first. */
  pastEpochs: vector(uint64, MAX_PAST_EPOCHS),
  reinit: optional(reInit),
});

/** "past/EPOCH" */
export const pastPart = struct({
  context: groupContext,
  senderDataSecret: secret,
  resumptionPsk: secret,
  signatureKeys: vector(optional(key), MAX_LEAVES),
});

/** "proposal/REFERENCE" */
export const proposalPart = struct({
  reference: secret,
  proposal,
  sender,
  own: optional(struct({ encryptionPrivateKey: key, signaturePrivateKey: key })),
});

/** "ratchet/EPOCH/LEAF/KIND" */
export const ratchetPart = struct({ generation: uint32, secret });

/** "skipped/EPOCH/LEAF/KIND/GENERATION" */
export const skippedPart = struct({ key: secret, nonce: fixed(12) });

export const GROUP_PART = "group";
export const partName = {
  node: (x: number) => `node/${x}`,
  past: (epoch: bigint) => `past/${epoch}`,
  proposal: (reference: Uint8Array) => `proposal/${Buffer.from(reference).toString("hex")}`,
  /** "secret/EPOCH/NODE": a secret of the secret tree, raw */
  secret: (epoch: bigint, x: number) => `secret/${epoch}/${x}`,
  ratchet: (epoch: bigint, leaf: number, kind: RatchetKind) => `ratchet/${epoch}/${leaf}/${kind}`,
  skipped: (epoch: bigint, leaf: number, kind: RatchetKind, generation: number) =>
    `skipped/${epoch}/${leaf}/${kind}/${generation}`,
};
