/**
 * The signature inside a request to talk: the requester's own word that they want this conversation with this
 * person, and wrote this note. It ends a server that makes up requests, turns them to somebody else, or puts its own
 * key or another note in.
 */
import { createHash } from "node:crypto";
import { type Identity, verifyIdentity } from "../identity/identity.ts";
import type { ConversationId, Username } from "../names.ts";
import { idBytes } from "../names.ts";

const LABEL = "parley/1 request";

const NO_NOTE = new Uint8Array();

/** @returns conversation (16 bytes) | requester | 0x00 | addressee | 0x00 | SHA-256 of the sealed note, where there is one */
function content(
  conversation: ConversationId,
  requester: Username,
  addressee: Username,
  note: Uint8Array,
): Uint8Array {
  return Buffer.concat([
    idBytes(conversation),
    Buffer.from(`${requester}\0${addressee}\0`, "latin1"),
    note.length === 0 ? note : createHash("sha256").update(note).digest(),
  ]);
}

/** @param note sealed; none where it is left out. @returns the signature, 64 bytes */
export function signTalkRequest(
  identity: Identity,
  conversation: ConversationId,
  requester: Username,
  addressee: Username,
  note: Uint8Array = NO_NOTE,
): Uint8Array {
  return identity.sign(LABEL, content(conversation, requester, addressee, note));
}

/** @param identityKey @param signature foreign bytes of any length @param note sealed; of no bytes where there is none */
export function verifyTalkRequest(
  identityKey: Uint8Array,
  signature: Uint8Array,
  conversation: ConversationId,
  requester: Username,
  addressee: Username,
  note: Uint8Array,
): boolean {
  return verifyIdentity(identityKey, LABEL, content(conversation, requester, addressee, note), signature);
}
