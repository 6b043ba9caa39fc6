/** What a conversation keeps of its MLS group: on disk, and of the keys that are used or too old. */
import {
  decodeGroupState,
  encodeGroupState,
  type GroupState,
  type SecretTree,
  type SecretTreeNode,
  zeroOutUint8Array,
} from "ts-mls";
import { allSecretTreeValues } from "ts-mls/secretTree.js";
import { ProtocolError } from "../errors.ts";
import { privateKeyFromSeed, publicKeyBytesOf } from "../identity/ed25519.ts";
import { MAX_KEY_MATERIAL_BYTES } from "../limits.ts";
import { KEY_RETENTION } from "./group.ts";

const VERSION = 1;

/** @returns u8 version | the library's encoding, which holds the identity's seed and the names (in the leaves) too */
export function encodeStored(group: GroupState): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), encodeGroupState(group)]));
}

/** @param bytes copied. @throws ProtocolError "bad-content" */
export function decodeStored(bytes: Uint8Array): GroupState {
  const group = decodeExactly(bytes);
  if (group === undefined || !ownsItsKey(group))
    throw new ProtocolError("bad-content", "Not the stored state of a conversation");
  return group;
}

/**
 * For a message that did not arrive the library keeps the ratchet's secret, from which the keys of all later messages
 * follow, and drops it only when more messages go missing. So that one lost message does not cost a long
 * conversation its forward secrecy, such secrets go once more generations than KEY_RETENTION keeps have come after them.
 */
export function forgetOldSkipped(tree: SecretTree): SecretTree {
  return tree.map((node) => {
    const { generation, unusedGenerations } = node.application;
    const newest = generation - 1; // `generation` is the next one
    const oldest = newest - KEY_RETENTION.retainKeysForGenerations;
    const skipped = Object.entries(unusedGenerations);
    const kept = skipped.filter(([skippedGeneration]) => Number(skippedGeneration) >= oldest);
    if (kept.length === skipped.length) return node;
    const application = { ...node.application, unusedGenerations: Object.fromEntries(kept) };
    return { ...node, application } satisfies SecretTreeNode;
  });
}

/** @returns the generation (RFC 9420 §9.1) that the member's next message has, as far as this tree has seen */
export function nextGeneration(tree: SecretTree, leafIndex: number): number {
  return tree[2 * leafIndex]?.application.generation ?? 0; // RFC 9420 Appendix C: leaves have the even indices
}

/** Wipes of `consumed` what `group`, which the caller may still come back to, does not need: the message keys. */
export function wipeUnheld(consumed: readonly Uint8Array[], group: GroupState): void {
  const held = new Set(allSecretTreeValues(group.secretTree));
  for (const secret of consumed) if (!held.has(secret)) zeroOutUint8Array(secret);
}

function decodeExactly(bytes: Uint8Array): GroupState | undefined {
  if (bytes.length > MAX_KEY_MATERIAL_BYTES || bytes[0] !== VERSION) return undefined;
  try {
    const state = new Uint8Array(bytes.subarray(1)); // a copy, of which everything decoded is a view
    const decoded = decodeGroupState(state, 0);
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
