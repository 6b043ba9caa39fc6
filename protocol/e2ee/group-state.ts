/** What a conversation keeps, in memory and on disk: its MLS group, keys of past epochs, and one's own commit under way. */
import { decodeGroupState, type GroupState, zeroOutUint8Array } from "ts-mls";
import { groupStateEncoder } from "ts-mls/clientState.js";
import { decodeUint32, decodeUint64, uint32Encoder, uint64Encoder } from "ts-mls/codec/number.js";
import { decodeOptional, optionalEncoder } from "ts-mls/codec/optional.js";
import { type Decoder, mapDecoders, mapDecodersOption } from "ts-mls/codec/tlsDecoder.js";
import { contramapBufferEncoders, encode } from "ts-mls/codec/tlsEncoder.js";
import {
  decodeVarLenData,
  decodeVarLenType,
  varLenDataEncoder,
  varLenTypeEncoder,
} from "ts-mls/codec/variableLength.js";
import { decodeGroupContext, groupContextEncoder } from "ts-mls/groupContext.js";
import { allSecretTreeValues, decodeSecretTree, secretTreeEncoder } from "ts-mls/secretTree.js";
import { ProtocolError } from "../errors.ts";
import { privateKeyFromSeed, publicKeyBytesOf } from "../identity/ed25519.ts";
import { MAX_KEY_MATERIAL_BYTES } from "../limits.ts";
import { idBytes, type MessageId, messageIdFrom } from "../names.ts";
import type { EpochKeys } from "./epoch-keys.ts";

export interface ConversationState {
  readonly group: GroupState;
  /** Newest first. */
  readonly past: readonly EpochKeys[];
  /** One's own commit, on top of `group`, that the server has not taken yet. */
  readonly pending: PendingCommit | undefined;
  /** The newest epoch that the peer was heard to be in. */
  readonly peerEpoch: bigint;
  /** When one's own keys were last renewed, or tried to be: Unix time, milliseconds. */
  readonly updatedAt: number;
  /** Messages sealed since. */
  readonly sealedSince: number;
}

interface PendingCommit {
  readonly id: MessageId;
  /** MLSMessage(PrivateMessage): made once, sent word for word until it counts or another does. */
  readonly bytes: Uint8Array;
  /** As it will be. */
  readonly group: GroupState;
}

/** 1 was the group alone, when conversations had one epoch. */
const VERSION = 2;

/** @returns u8 version | the state, which holds the identity's seed and the names (in the leaves) too */
export function encodeStored(state: ConversationState): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), encode(stateEncoder)(state)]));
}

/** @param bytes copied. @throws ProtocolError "bad-content" */
export function decodeStored(bytes: Uint8Array): ConversationState {
  const state = decodeExactly(bytes);
  if (
    state === undefined ||
    ![state.group, ...(state.pending ? [state.pending.group] : [])].every(ownsItsKey)
  )
    throw new ProtocolError("bad-content", "Not the stored state of a conversation");
  return state;
}

/** Wipes of `consumed` what `group`, which the caller may still come back to, does not need: the message keys. */
export function wipeUnheld(
  consumed: readonly Uint8Array[],
  { secretTree }: Pick<GroupState, "secretTree">,
): void {
  const held = new Set(allSecretTreeValues(secretTree));
  for (const secret of consumed) if (!held.has(secret)) zeroOutUint8Array(secret);
}

const epochKeysEncoder = contramapBufferEncoders(
  [groupContextEncoder, varLenDataEncoder, secretTreeEncoder],
  ({ groupContext, senderDataSecret, secretTree }: EpochKeys) =>
    [groupContext, senderDataSecret, secretTree] as const,
);
const decodeEpochKeys: Decoder<EpochKeys> = mapDecoders(
  [decodeGroupContext, decodeVarLenData, decodeSecretTree],
  (groupContext, senderDataSecret, secretTree) => ({ groupContext, senderDataSecret, secretTree }),
);

const pendingEncoder = contramapBufferEncoders(
  [varLenDataEncoder, varLenDataEncoder, groupStateEncoder],
  ({ id, bytes, group }: PendingCommit) => [new Uint8Array(idBytes(id)), bytes, group] as const,
);
const decodePending: Decoder<PendingCommit> = mapDecodersOption(
  [decodeVarLenData, decodeVarLenData, decodeGroupState],
  (idField, bytes, group) => {
    const id = messageIdFrom(idField);
    return id && { id, bytes, group };
  },
);

const stateEncoder = contramapBufferEncoders(
  [
    groupStateEncoder,
    varLenTypeEncoder(epochKeysEncoder),
    optionalEncoder(pendingEncoder),
    uint64Encoder,
    uint64Encoder,
    uint32Encoder,
  ],
  ({ group, past, pending, peerEpoch, updatedAt, sealedSince }: ConversationState) =>
    [group, past.slice(), pending, peerEpoch, BigInt(updatedAt), sealedSince] as const,
);
const decodeState: Decoder<ConversationState> = mapDecoders(
  [
    decodeGroupState,
    decodeVarLenType(decodeEpochKeys),
    decodeOptional(decodePending),
    decodeUint64,
    decodeUint64,
    decodeUint32,
  ],
  (group, past, pending, peerEpoch, updatedAt, sealedSince) => ({
    group,
    past,
    pending,
    peerEpoch,
    updatedAt: Number(updatedAt),
    sealedSince,
  }),
);
const decodeVersion1: Decoder<ConversationState> = mapDecoders([decodeGroupState], (group) => ({
  group,
  past: [],
  pending: undefined,
  peerEpoch: group.groupContext.epoch,
  updatedAt: 0,
  sealedSince: 0,
}));
const DECODERS: Readonly<Record<number, Decoder<ConversationState>>> = {
  1: decodeVersion1,
  [VERSION]: decodeState,
};

function decodeExactly(bytes: Uint8Array): ConversationState | undefined {
  const decoder = DECODERS[bytes[0] ?? 0];
  if (bytes.length > MAX_KEY_MATERIAL_BYTES || decoder === undefined) return undefined;
  try {
    const state = new Uint8Array(bytes.subarray(1)); // a copy, of which everything decoded is a view
    const decoded = decoder(state, 0);
    return decoded?.[1] === state.length ? decoded[0] : undefined;
  } catch {
    return undefined; // the library's decoders throw for some malformed input and return undefined for the rest
  }
}

function ownsItsKey({ ratchetTree, privatePath, signaturePrivateKey }: GroupState): boolean {
  const own = ratchetTree[2 * privatePath.leafIndex]; // RFC 9420 Appendix C: leaves have the even indices
  if (own?.nodeType !== "leaf") return false;
  try {
    const key = publicKeyBytesOf(privateKeyFromSeed(signaturePrivateKey));
    return Buffer.from(key).equals(own.leaf.signaturePublicKey);
  } catch {
    return false; // no seed
  }
}
