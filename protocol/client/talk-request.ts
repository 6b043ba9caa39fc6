/**
 * The signature inside a request to talk: the requester's own word that they want this conversation with this
 * person. It ends a server that makes up requests, turns them to somebody else, or puts its own key in.
 */

import { type Identity, verifyIdentity } from "../identity/identity.ts";
import type { ConversationId, Username } from "../names.ts";
import { idBytes } from "../names.ts";

const LABEL = "parley/1 request";

/** @returns conversation (16 bytes) | requester | 0x00 | addressee */
function content(conversation: ConversationId, requester: Username, addressee: Username): Uint8Array {
  return Buffer.concat([idBytes(conversation), Buffer.from(`${requester}\0${addressee}`, "latin1")]);
}

/** @returns the signature, 64 bytes */
export function signTalkRequest(
  identity: Identity,
  conversation: ConversationId,
  requester: Username,
  addressee: Username,
): Uint8Array {
  return identity.sign(LABEL, content(conversation, requester, addressee));
}

/** @param identityKey @param signature foreign bytes of any length */
export function verifyTalkRequest(
  identityKey: Uint8Array,
  signature: Uint8Array,
  conversation: ConversationId,
  requester: Username,
  addressee: Username,
): boolean {
  return verifyIdentity(identityKey, LABEL, content(conversation, requester, addressee), signature);
}
