/** The content of a sealed message: a small, versioned, typed format. Unknown kinds are shown as such, never dropped. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { UsageError } from "../errors.ts";
import { MAX_CONTENT_BYTES, MAX_EXPIRY_SECONDS, MAX_PLAINTEXT_BYTES, MAX_RECEIPT_IDS } from "../limits.ts";
import { idBytes, type MessageId, messageIdFrom } from "../names.ts";
import {
  ContentSchema,
  ReceiptState,
  type Content as WireContent,
  type Receipt as WireReceipt,
} from "../wire/content_pb.ts";

export type Content =
  | {
      readonly kind: "text";
      readonly sentAt: number;
      readonly text: string;
      readonly replyTo?: MessageId;
      /** How long the message stays, at most MAX_EXPIRY_SECONDS; for good where it is left out. */
      readonly expirySeconds?: number;
    }
  /** End-to-end receipt: messages that the peer's device has (or that its user has read). Not shown as a message. */
  | {
      readonly kind: "receipt";
      readonly sentAt: number;
      readonly state: "delivered" | "read";
      readonly ids: readonly MessageId[];
    }
  /** A kind newer than this program; `fallback` is its sender's text to show instead. */
  | {
      readonly kind: "unknown";
      readonly sentAt: number;
      readonly type: string;
      readonly fallback: string;
      readonly expirySeconds?: number;
    }
  /** How long messages of both stay from now on; 0: for good. Of two timers that cross, the rule of content.proto chooses. */
  | {
      readonly kind: "timer";
      readonly sentAt: number;
      readonly seconds: number;
      readonly version: number;
    };

/** A content, or bytes that no known version of the format makes. Shown as such. */
export type ReceivedContent = Content | { readonly kind: "not-understood" };

const NOT_UNDERSTOOD: ReceivedContent = { kind: "not-understood" };

/** The last millisecond that a JavaScript Date can hold. */
const MAX_TIME_MS = 8_640_000_000_000_000;
/** The highest that the format can carry. */
export const MAX_TIMER_VERSION = 2 ** 32 - 1;
const TYPE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * @param content `sentAt` is Unix time, whole milliseconds, by the sender's clock. Half surrogate pairs in text become U+FFFD.
 * @returns at most MAX_CONTENT_BYTES
 * @throws UsageError "too-large" for text or fallback above MAX_PLAINTEXT_BYTES in UTF-8 or more than MAX_RECEIPT_IDS ids,
 * "bad-argument" for a time, a type name or a number that the format has no place for
 */
export function encodeContent(content: Content): Uint8Array {
  if (!Number.isInteger(content.sentAt) || content.sentAt < 0 || content.sentAt > MAX_TIME_MS)
    throw new UsageError("bad-argument", "sentAt is not a time in whole milliseconds");
  const bytes = toBinary(
    ContentSchema,
    create(ContentSchema, { sentAt: BigInt(content.sentAt), ...wireBody(content) }),
  );
  if (bytes.length > MAX_CONTENT_BYTES)
    throw new UsageError(
      "too-large",
      `The content has ${bytes.length} of at most ${MAX_CONTENT_BYTES} bytes`,
    );
  return bytes;
}

/**
 * Reads the content of a sealed message. Never throws: the message was opened with keys that are used up by it, so whatever it
 * holds, the conversation goes on with the next.
 * @param bytes not modified and not kept
 */
export function decodeContent(bytes: Uint8Array): ReceivedContent {
  try {
    return readContent(bytes);
  } catch {
    return NOT_UNDERSTOOD;
  }
}

/** @throws Error for bytes that are no content */
function readContent(bytes: Uint8Array): Content {
  if (bytes.length > MAX_CONTENT_BYTES) throw badContent("longer than any content");
  // Fields of later versions are not kept: an object for each would cost far more than an honest message.
  const wire: WireContent = fromBinary(ContentSchema, bytes, { readUnknownFields: false });
  if (wire.sentAt > BigInt(MAX_TIME_MS)) throw badContent("a time out of range");
  const sentAt = Number(wire.sentAt);
  if (wire.expirySeconds > MAX_EXPIRY_SECONDS) throw badContent("an expiry out of range");
  const expiry = wire.expirySeconds === 0 ? {} : { expirySeconds: wire.expirySeconds };
  switch (wire.body.case) {
    case "text": {
      const { text, replyTo } = wire.body.value;
      checkDecodedLength(text);
      if (replyTo.length === 0) return { kind: "text", sentAt, text, ...expiry };
      return { kind: "text", sentAt, text, replyTo: messageId(replyTo), ...expiry };
    }
    case "receipt":
      return { kind: "receipt", sentAt, ...decodeReceipt(wire.body.value) };
    case undefined:
      if (!TYPE_NAME.test(wire.type)) throw badContent("neither a known kind nor the name of one");
      checkDecodedLength(wire.fallback);
      return { kind: "unknown", sentAt, type: wire.type, fallback: wire.fallback, ...expiry };
    case "timer": {
      const { seconds, version } = wire.body.value;
      if (seconds > MAX_EXPIRY_SECONDS || version === 0) throw badContent("a timer out of range");
      return { kind: "timer", sentAt, seconds, version };
    }
  }
}

function wireBody(content: Content): MessageInitShape<typeof ContentSchema> {
  switch (content.kind) {
    case "text": {
      checkOwnLength(content.text);
      const replyTo = content.replyTo === undefined ? new Uint8Array() : idBytes(content.replyTo);
      const expirySeconds = ownExpiry(content.expirySeconds ?? 0);
      return { expirySeconds, body: { case: "text", value: { text: content.text, replyTo } } };
    }
    case "receipt": {
      if (content.ids.length === 0) throw new UsageError("bad-argument", "A receipt names a message");
      if (content.ids.length > MAX_RECEIPT_IDS)
        throw new UsageError("too-large", `A receipt names at most ${MAX_RECEIPT_IDS} messages`);
      const state = content.state === "read" ? ReceiptState.READ : ReceiptState.DELIVERED;
      return { body: { case: "receipt", value: { state, ids: content.ids.map(idBytes) } } };
    }
    case "unknown":
      if (!TYPE_NAME.test(content.type)) throw new UsageError("bad-argument", "That is no name of a kind");
      checkOwnLength(content.fallback);
      return {
        type: content.type,
        fallback: content.fallback,
        expirySeconds: ownExpiry(content.expirySeconds ?? 0),
      };
    case "timer": {
      const { version } = content;
      if (!Number.isInteger(version) || version < 1 || version > MAX_TIMER_VERSION)
        throw new UsageError("bad-argument", "That is no version of a timer");
      return { body: { case: "timer", value: { seconds: ownExpiry(content.seconds), version } } };
    }
  }
}

function decodeReceipt(receipt: WireReceipt): { state: "delivered" | "read"; ids: readonly MessageId[] } {
  if (receipt.ids.length === 0 || receipt.ids.length > MAX_RECEIPT_IDS)
    throw badContent("a receipt for no message or too many");
  return { state: receiptState(receipt.state), ids: receipt.ids.map(messageId) };
}

function receiptState(state: ReceiptState): "delivered" | "read" {
  if (state === ReceiptState.DELIVERED) return "delivered";
  if (state === ReceiptState.READ) return "read";
  throw badContent("a receipt of no known state");
}

function messageId(bytes: Uint8Array): MessageId {
  const id = messageIdFrom(bytes);
  if (id === undefined) throw badContent("a message id of a wrong length");
  return id;
}

function ownExpiry(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_EXPIRY_SECONDS)
    throw new UsageError("bad-argument", "That is no time for which a message may stay");
  return seconds;
}

function checkOwnLength(text: string): void {
  const length = Buffer.byteLength(text);
  if (length > MAX_PLAINTEXT_BYTES)
    throw new UsageError("too-large", `The text has ${length} of at most ${MAX_PLAINTEXT_BYTES} bytes`);
}

function checkDecodedLength(text: string): void {
  if (Buffer.byteLength(text) > MAX_PLAINTEXT_BYTES) throw badContent("a text above the bound");
}

function badContent(what: string): Error {
  return new Error(`A sealed message holds ${what}`);
}
