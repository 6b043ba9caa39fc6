/** A conversation's state, in memory and on disk: its MLS group, and this side's pending commit. */
import { ProtocolError } from "../errors.ts";
import { privateKeyFromSeed, publicKeyBytesOf } from "../identity/ed25519.ts";
import { MAX_KEY_MATERIAL_BYTES } from "../limits.ts";
import { ascii } from "../mls/bytes.ts";
import {
  decode,
  encode,
  opaque,
  optional,
  struct,
  type TypeOf,
  uint8,
  uint32,
  uint64,
  vector,
} from "../mls/codec.ts";
import { MlsError } from "../mls/errors.ts";
import type { Group } from "../mls/group.ts";
import { restoreGroup } from "../mls/restore.ts";
import { storedChanges } from "../mls/store.ts";
import { idBytes, type MessageId, messageIdFrom } from "../names.ts";
import { CIPHERSUITE, parleySuite } from "./suite.ts";

export interface ConversationState {
  readonly group: Group;
  /** Our commit on top of `group` that the server has not accepted yet. */
  readonly pending: PendingCommit | undefined;
  /** The newest epoch in which we have seen the peer. */
  readonly peerEpoch: bigint;
  /** When our keys were last renewed, or the attempt was made: Unix time, milliseconds. */
  readonly updatedAt: number;
  /** Messages sealed since. */
  readonly sealedSince: number;
}

interface PendingCommit {
  readonly id: MessageId;
  /** MLSMessage(PrivateMessage): made once and sent unchanged until it or another commit takes effect. */
  readonly bytes: Uint8Array;
  /** The next group, once merged with the current one. */
  readonly group: Group;
}

const VERSION = 3;
/** Names and bytes of one group's parts: the tree, the epochs, and a key for each missing message. */
const MAX_PARTS = 1024;

const parts = vector(struct({ name: opaque(64), bytes: opaque() }), MAX_PARTS);
const stored = struct({
  version: uint8,
  group: parts,
  pending: optional(struct({ id: opaque(64), bytes: opaque(), group: parts })),
  peerEpoch: uint64,
  updatedAt: uint64,
  sealedSince: uint32,
});

/** Encodes the state, which includes the identity's seed and the names (in the leaves). */
export function encodeStored(state: ConversationState): Uint8Array {
  const { group, pending, peerEpoch, updatedAt, sealedSince } = state;
  return encode(stored, {
    version: VERSION,
    group: partsOf(group),
    pending: pending && { id: idBytes(pending.id), bytes: pending.bytes, group: partsOf(pending.group) },
    peerEpoch,
    updatedAt: BigInt(updatedAt),
    sealedSince,
  });
}

/**
 * Decodes the state.
 * @param bytes copied.
 * @throws ProtocolError "bad-content"
 */
export function decodeStored(bytes: Uint8Array): ConversationState {
  const state = bytes.length > MAX_KEY_MATERIAL_BYTES ? undefined : read(bytes);
  if (
    state === undefined ||
    ![state.group, ...(state.pending ? [state.pending.group] : [])].every(ownsItsKey)
  )
    throw new ProtocolError("bad-content", "Not the stored state of a conversation");
  return state;
}

function read(bytes: Uint8Array): ConversationState | undefined {
  try {
    const { version, group, pending, updatedAt, ...rest } = decode(stored, bytes);
    const id = pending && messageIdFrom(pending.id);
    if (version !== VERSION || (pending !== undefined && id === undefined)) return undefined;
    return {
      ...rest,
      group: groupFrom(group),
      pending: pending && id && { id, bytes: pending.bytes, group: groupFrom(pending.group) },
      updatedAt: Number(updatedAt),
    };
  } catch (error) {
    if (error instanceof MlsError) return undefined;
    throw error;
  }
}

const partsOf = (group: Group): TypeOf<typeof parts> =>
  [...storedChanges(undefined, group).put].map(([name, bytes]) => ({ name: ascii(name), bytes }));

function groupFrom(list: TypeOf<typeof parts>): Group {
  const byName = new Map(list.map(({ name, bytes }) => [Buffer.from(name).toString("latin1"), bytes]));
  return restoreGroup(new Map([[CIPHERSUITE, parleySuite()]]), byName);
}

function ownsItsKey({ tree, ownLeaf, signaturePrivateKey }: Group): boolean {
  const own = tree.leaf(ownLeaf);
  try {
    const key = publicKeyBytesOf(privateKeyFromSeed(signaturePrivateKey));
    return own !== undefined && Buffer.from(key).equals(own.signatureKey);
  } catch {
    return false; // No seed.
  }
}
