/**
 * The signature inside a request to talk: it proves that the requester wants this conversation with this
 * person at this server, and wrote this note. It keeps a server from inventing requests, redirecting them to
 * another person, replaying them at another server, or replacing the key or the note.
 */
import { createHash } from "node:crypto";
import type { ConversationId, Username } from "../names.ts";
import { idBytes } from "../names.ts";
import { type Identity, verifyIdentity } from "./identity.ts";

const LABEL = "parley/1 request";

export interface TalkRequest {
  readonly conversation: ConversationId;
  /** The fingerprint of the server's CA, CA_FINGERPRINT_BYTES. */
  readonly server: Uint8Array;
  readonly requester: Username;
  readonly addressee: Username;
  /**
   * The addressee's identity key as the requester knows it, IDENTITY_KEY_BYTES; empty where the requester
   * knows none.
   */
  readonly addresseeKey: Uint8Array;
  /** Sealed; empty where there is none. */
  readonly note: Uint8Array;
}

/**
 * Encodes conversation (16 bytes) | server (32) | requester | 0x00 | addressee | 0x00 | length of the
 * addressee's key, u8 | that key | SHA-256 of the sealed note, where there is one.
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

/**
 * Signs a request.
 * @returns 64 bytes
 */
export function signTalkRequest(identity: Identity, request: TalkRequest): Uint8Array {
  return identity.sign(LABEL, content(request));
}

/**
 * Verifies a request's signature.
 * @param identityKey foreign
 * @param signature foreign bytes of any length
 */
export function verifyTalkRequest(
  identityKey: Uint8Array,
  signature: Uint8Array,
  request: TalkRequest,
): boolean {
  return verifyIdentity(identityKey, LABEL, content(request), signature);
}
