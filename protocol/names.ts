/** Makes names and ids (ids.ts), each by a function that checks. */
import { randomBytes } from "node:crypto";
import { UsageError } from "./errors.ts";
import type { BlobId, ConversationId, MessageId, Username } from "./ids.ts";
import { BLOB_ID_BYTES, CONVERSATION_ID_BYTES, MESSAGE_ID_BYTES } from "./limits.ts";

export type { BlobId, ConversationId, MessageId, Username } from "./ids.ts";

const USERNAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** Returns `text` as a Username, or undefined for an invalid one. Nothing is trimmed or folded. */
export function parseUsername(text: string): Username | undefined {
  return USERNAME.test(text) ? (text as Username) : undefined;
}

/**
 * Returns `text` as a Username.
 * @throws UsageError "name-invalid"
 */
export function username(text: string): Username {
  const name = parseUsername(text);
  if (name === undefined)
    throw new UsageError(
      "name-invalid",
      "A name has 1 to 32 characters: a-z, 0-9, and after the first also . _ -",
    );
  return name;
}

const ID = /^[0-9a-f]{32}$/;

/** Returns `text` as a ConversationId, or undefined for an invalid one. */
export function parseConversationId(text: string): ConversationId | undefined {
  return ID.test(text) ? (text as ConversationId) : undefined;
}

/** Returns the id of 16 bytes from the network, or undefined for another length. */
export function conversationIdFrom(bytes: Uint8Array): ConversationId | undefined {
  return bytes.length === CONVERSATION_ID_BYTES ? (hex(bytes) as ConversationId) : undefined;
}

/** Returns the id of 16 bytes from the network, or undefined for another length. */
export function messageIdFrom(bytes: Uint8Array): MessageId | undefined {
  return bytes.length === MESSAGE_ID_BYTES ? (hex(bytes) as MessageId) : undefined;
}

function hex({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("hex");
}

export function newConversationId(): ConversationId {
  return randomBytes(CONVERSATION_ID_BYTES).toString("hex") as ConversationId;
}

export function newMessageId(): MessageId {
  return randomBytes(MESSAGE_ID_BYTES).toString("hex") as MessageId;
}

/** @returns undefined for bytes of another length */
export function blobIdFrom(bytes: Uint8Array): BlobId | undefined {
  return bytes.length === BLOB_ID_BYTES ? (hex(bytes) as BlobId) : undefined;
}

export function newBlobId(): BlobId {
  return randomBytes(BLOB_ID_BYTES).toString("hex") as BlobId;
}

/** Returns the bytes of an id as sent over the network. */
export function idBytes(id: BlobId | ConversationId | MessageId): Uint8Array {
  return Buffer.from(id, "hex");
}
