/** Reads the fields of a message body. Everything here is foreign: each function checks, or throws ProtocolError "bad-message". */
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { ProtocolError } from "../errors.ts";
import { IDENTITY_KEY_BYTES, SEALED_NOTE_BYTES } from "../limits.ts";
import {
  type ConversationId,
  conversationIdFrom,
  type MessageId,
  messageIdFrom,
  parseUsername,
  type Username,
} from "../names.ts";

export function readBody<Desc extends DescMessage>(schema: Desc, body: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, body);
  } catch (cause) {
    throw new ProtocolError("bad-message", `not a ${schema.name}`, { cause });
  }
}

export function readConversation(bytes: Uint8Array): ConversationId {
  return conversationIdFrom(bytes) ?? bad(`conversation id of ${bytes.length} bytes`);
}

export function readMessageId(bytes: Uint8Array): MessageId {
  return messageIdFrom(bytes) ?? bad(`message id of ${bytes.length} bytes`);
}

export function readName(text: string): Username {
  return parseUsername(text) ?? bad("name not in the allowed form");
}

export function readIdentityKey(bytes: Uint8Array): Uint8Array {
  return parseIdentityKey(bytes) ?? bad(`identity key of ${bytes.length} bytes`);
}

/**
 * Parses an identity key.
 * @returns undefined for bytes that cannot be one
 */
export function parseIdentityKey(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === IDENTITY_KEY_BYTES ? bytes : undefined;
}

/** Parses a field that may hold an identity key; empty means none. */
export function readAddresseeKey(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? bytes : readIdentityKey(bytes);
}

/** Parses a field that may hold a note, which has a fixed size; empty means none. */
export function readNote(bytes: Uint8Array): Uint8Array {
  return bytes.length === SEALED_NOTE_BYTES || bytes.length === 0
    ? bytes
    : bad(`note of ${bytes.length} bytes`);
}

/**
 * Checks that a field is not empty and within its bound, and returns it.
 * @param maxBytes the largest size allowed
 */
export function readBytes(what: string, bytes: Uint8Array, maxBytes: number): Uint8Array {
  return bytes.length > 0 && bytes.length <= maxBytes ? bytes : bad(`${what} of ${bytes.length} bytes`);
}

function bad(detail: string): never {
  throw new ProtocolError("bad-message", detail);
}
