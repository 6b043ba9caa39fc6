/**
 * The signature inside a request to talk: the requester's own word that they want this conversation with this
 * person, at this server, and wrote this note. It ends a server that makes up requests, turns them to somebody else,
 * plays one at another server, or puts its own key or another note in.
 */
import { createHash } from "node:crypto";
import type { ConversationId, Username } from "../names.ts";
import { idBytes } from "../names.ts";
import { type Identity, verifyIdentity } from "./identity.ts";

const LABEL = "parley/1 request";

export interface TalkRequest {
  readonly conversation: ConversationId;
  /** The fingerprint of its CA, CA_FINGERPRINT_BYTES. */
  readonly server: Uint8Array;
  readonly requester: Username;
  readonly addressee: Username;
  /** The identity key by which the requester means the addressee, IDENTITY_KEY_BYTES; of no bytes where they know none. */
  readonly addresseeKey: Uint8Array;
  /** Sealed; of no bytes where there is none. */
  readonly note: Uint8Array;
}

/**
 * @returns conversation (16 bytes) | server (32) | requester | 0x00 | addressee | 0x00 | length of the addressee's key,
 * u8 | that key | SHA-256 of the sealed note, where there is one
 */
function content({
  conversation,
  server,
  requester,
  addressee,
  addresseeKey,
  note,
}: TalkRequest): Uint8Array {
  return Buffer.concat([
    idBytes(conversation),
    server,
    Buffer.from(`${requester}\0${addressee}\0`, "latin1"),
    Buffer.of(addresseeKey.length),
    addresseeKey,
    note.length === 0 ? note : createHash("sha256").update(note).digest(),
  ]);
}

/** @returns the signature, 64 bytes */
export function signTalkRequest(identity: Identity, request: TalkRequest): Uint8Array {
  return identity.sign(LABEL, content(request));
}

/** @param identityKey @param signature foreign bytes of any length */
export function verifyTalkRequest(
  identityKey: Uint8Array,
  signature: Uint8Array,
  request: TalkRequest,
): boolean {
  return verifyIdentity(identityKey, LABEL, content(request), signature);
}
