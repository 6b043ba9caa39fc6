/** Makes names and ids (ids.ts), each by a function that checks. */
import { randomBytes } from "node:crypto";
import { UsageError } from "./errors.ts";
import type { BlobId, ConversationId, MessageId, Username } from "./ids.ts";
import { BLOB_ID_BYTES, CONVERSATION_ID_BYTES, MESSAGE_ID_BYTES } from "./limits.ts";

export type { BlobId, ConversationId, MessageId, Username } from "./ids.ts";

const USERNAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** @returns `text` as a Username, or undefined where it is not one. Nothing is trimmed or folded. */
export function parseUsername(text: string): Username | undefined {
  return USERNAME.test(text) ? (text as Username) : undefined;
}

/** @throws UsageError "name-invalid" */
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

/** @returns `text` as a MessageId, or undefined where it is not one. */
export function parseMessageId(text: string): MessageId | undefined {
  return ID.test(text) ? (text as MessageId) : undefined;
}

/** @returns `text` as a ConversationId, or undefined where it is not one. */
export function parseConversationId(text: string): ConversationId | undefined {
  return ID.test(text) ? (text as ConversationId) : undefined;
}

/** @param bytes 16 bytes from the network. @returns undefined where the length is another. */
export function conversationIdFrom(bytes: Uint8Array): ConversationId | undefined {
  return bytes.length === CONVERSATION_ID_BYTES ? (hex(bytes) as ConversationId) : undefined;
}

/** @param bytes 16 bytes from the network. @returns undefined where the length is another. */
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

export function newBlobId(): BlobId {
  return randomBytes(BLOB_ID_BYTES).toString("hex") as BlobId;
}

/** @returns the bytes of an id, as they cross the network. */
export function idBytes(id: BlobId | ConversationId | MessageId): Uint8Array {
  return Buffer.from(id, "hex");
}
