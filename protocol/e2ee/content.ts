/**
 * The content of a sealed message: a head that every kind has, and the data of one kind (kinds/). A kind that
 * this program does not know is shown by its fallback text, never dropped.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { UsageError } from "../errors.ts";
import { MAX_CONTENT_BYTES, MAX_EXPIRY_SECONDS } from "../limits.ts";
import { idBytes, type MessageId } from "../names.ts";
import { ContentSchema, type Content as WireContent } from "../wire/content_pb.ts";
import { badContent, type Codec, foreignId, foreignText, ownExpiry, ownText } from "./kinds/codec.ts";
import { CODECS } from "./kinds/registry.ts";

/** The level of content.proto that this program understands, stated in all content that it sends. */
export const CONTENT_LEVEL = 1;

interface Head {
  /** Unix time, whole milliseconds, by the sender's clock. */
  readonly sentAt: number;
  /** How long the message is kept, at most MAX_EXPIRY_SECONDS; left out: without limit. */
  readonly expirySeconds?: number;
  /** The message that this one answers. */
  readonly replyTo?: MessageId;
  /** The message that begins the thread which this one is part of. */
  readonly thread?: MessageId;
  /** The program that wrote this for its user, such as a plugin: a name like that of a kind. Left out: the user did. */
  readonly via?: string;
}

/** A kind newer than this program, or a plugin's. */
interface Unknown {
  readonly kind: "unknown";
  readonly type: string;
  /** The text that the sender suggests to show, at most MAX_PLAINTEXT_BYTES in UTF-8. */
  readonly fallback: string;
}

/** The data of every kind that can be sent. */
export type ContentData = DataOf<(typeof CODECS)[keyof typeof CODECS]> | Unknown;
type DataOf<Kind> = Kind extends Codec<infer Data> ? Data : never;

export type Content = Head & ContentData;

/** The content of an opened message. not-understood: bytes that this version cannot parse, shown as such. */
export type ReceivedContent =
  | (Content & {
      /** The newest level that the sender's program understands. */
      readonly level: number;
    })
  | { readonly kind: "not-understood" };

const NOT_UNDERSTOOD: ReceivedContent = { kind: "not-understood" };

/** The last millisecond that a JavaScript Date can hold. */
const MAX_TIME_MS = 8_640_000_000_000_000;
/** The name of a kind, or of a program. */
const TYPE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * Encodes a content. Lone surrogates in text become U+FFFD.
 * @returns at most MAX_CONTENT_BYTES
 * @throws UsageError "too-large" above the bounds of its kind, "bad-argument" for a time, type name or number
 * that the format cannot represent
 */
export function encodeContent(content: Content): Uint8Array {
  const { sentAt, expirySeconds = 0, replyTo, thread, via } = content;
  if (!Number.isInteger(sentAt) || sentAt < 0 || sentAt > MAX_TIME_MS)
    throw new UsageError("bad-argument", "sentAt is not a time in whole milliseconds");
  if (via !== undefined && !TYPE_NAME.test(via))
    throw new UsageError("bad-argument", "That is no name of a program");
  const wire = create(ContentSchema, {
    sentAt: BigInt(sentAt),
    level: CONTENT_LEVEL,
    expirySeconds: ownExpiry(expirySeconds),
    ...(replyTo !== undefined && { replyTo: idBytes(replyTo) }),
    ...(thread !== undefined && { thread: idBytes(thread) }),
    ...(via !== undefined && { via }),
    ...wireOf(content),
  });
  const bytes = toBinary(ContentSchema, wire);
  if (bytes.length > MAX_CONTENT_BYTES)
    throw new UsageError(
      "too-large",
      `The content has ${bytes.length} of at most ${MAX_CONTENT_BYTES} bytes`,
    );
  return bytes;
}

/**
 * Reads the content of a sealed message. Never throws: opening the message used up its key, so the
 * conversation has to continue after any content.
 * @param bytes not modified and not kept
 */
export function decodeContent(bytes: Uint8Array): ReceivedContent {
  try {
    return readContent(bytes);
  } catch {
    return NOT_UNDERSTOOD;
  }
}

/**
 * Parses a content.
 * @throws Error for invalid bytes
 */
function readContent(bytes: Uint8Array): ReceivedContent {
  if (bytes.length > MAX_CONTENT_BYTES) throw badContent("longer than any content");
  // Fields of later versions are not kept: an object for each would cost far more memory than an honest
  // message.
  const wire: WireContent = fromBinary(ContentSchema, bytes, { readUnknownFields: false });
  const { sentAt, level, expirySeconds, via } = wire;
  if (sentAt > BigInt(MAX_TIME_MS)) throw badContent("a time out of range");
  if (level === 0) throw badContent("no level");
  if (expirySeconds > MAX_EXPIRY_SECONDS) throw badContent("an expiry out of range");
  const [replyTo, thread] = [optionalId(wire.replyTo), optionalId(wire.thread)];
  if (via !== "" && !TYPE_NAME.test(via)) throw badContent("a program without a name");
  return {
    sentAt: Number(sentAt),
    level,
    ...(expirySeconds > 0 && { expirySeconds }),
    ...(replyTo !== undefined && { replyTo }),
    ...(thread !== undefined && { thread }),
    ...(via !== "" && { via }),
    ...dataOf(wire),
  };
}

function optionalId(bytes: Uint8Array): MessageId | undefined {
  return bytes.length === 0 ? undefined : foreignId(bytes);
}

/** A body that we know takes precedence over the type name, which a plugin may have chosen. */
function dataOf({ type, fallback, body }: WireContent): ContentData {
  if (!TYPE_NAME.test(type)) throw badContent("a kind without a name");
  const kind = isKnown(type) ? type : body.case;
  if (kind !== undefined) return CODECS[kind].decode(body);
  return { kind: "unknown", type, fallback: foreignText(fallback) };
}

function wireOf(
  content: ContentData,
): Pick<MessageInitShape<typeof ContentSchema>, "type" | "fallback" | "body"> {
  if (content.kind === "unknown") {
    const { type, fallback } = content;
    if (!TYPE_NAME.test(type) || isKnown(type))
      throw new UsageError("bad-argument", "That is no name of a kind that is not known");
    return { type, fallback: ownText(fallback) };
  }
  // Safe, as each codec is registered under the name of its own kind.
  const codec: Codec<ContentData> = CODECS[content.kind];
  return { type: content.kind, fallback: codec.fallback(content), body: codec.encode(content) };
}

function isKnown(type: string): type is keyof typeof CODECS {
  return Object.hasOwn(CODECS, type);
}
