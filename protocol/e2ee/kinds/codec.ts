/**
 * The codec of one kind of content: converts its data to and from the body of a Content (content.proto). Each
 * file in this folder is one kind.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { UsageError } from "../../errors.ts";
import { MAX_EXPIRY_SECONDS, MAX_PLAINTEXT_BYTES } from "../../limits.ts";
import { type MessageId, messageIdFrom } from "../../names.ts";
import type { ContentSchema, Content as WireContent } from "../../wire/content_pb.ts";

type WireBody = WireContent["body"];
type BodyToWrite = Exclude<MessageInitShape<typeof ContentSchema>["body"], undefined>;
export type BodyCase = Exclude<WireBody["case"], undefined>;

export interface Codec<Data> {
  /** Returns the text for programs that do not know the kind; "" for the kinds of level 1, which every program knows. */
  fallback(data: Data): string;
  /** @throws UsageError "too-large", "bad-argument" for data that the format cannot represent */
  encode(data: Data): BodyToWrite;
  /** @param body foreign, within MAX_CONTENT_BYTES. @throws Error for anything but a body of this kind within its bounds */
  decode(body: WireBody): Data;
}

/** Makes the error for foreign bytes that are not valid content. It never leaves decodeContent(). */
export function badContent(what: string): Error {
  return new Error(`A sealed message holds ${what}`);
}

/**
 * Checks and returns `text` that this user wrote.
 * @throws UsageError "too-large" above MAX_PLAINTEXT_BYTES in UTF-8
 */
export function ownText(text: string): string {
  const length = Buffer.byteLength(text);
  if (length > MAX_PLAINTEXT_BYTES)
    throw new UsageError("too-large", `The text has ${length} of at most ${MAX_PLAINTEXT_BYTES} bytes`);
  return text;
}

/**
 * Checks and returns `text` that a peer wrote.
 * @throws Error above MAX_PLAINTEXT_BYTES in UTF-8
 */
export function foreignText(text: string): string {
  if (Buffer.byteLength(text) > MAX_PLAINTEXT_BYTES) throw badContent("a text above the bound");
  return text;
}

/** Reads a message id that a peer sent. @throws Error for a wrong length */
export function foreignId(bytes: Uint8Array): MessageId {
  const id = messageIdFrom(bytes);
  if (id === undefined) throw badContent("a message id of a wrong length");
  return id;
}

/**
 * Checks and returns `seconds`, the lifetime of a message that this user sends.
 * @throws UsageError "bad-argument"
 */
export function ownExpiry(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_EXPIRY_SECONDS)
    throw new UsageError("bad-argument", "A message stays for 0 to MAX_EXPIRY_SECONDS seconds");
  return seconds;
}
