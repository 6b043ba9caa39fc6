/** Files that a person sends: all that is needed to fetch, open and check them. Their bytes are blobs at the server. content.proto has the bounds. */
import { UsageError } from "../../errors.ts";
import {
  BLOB_ID_BYTES,
  MAX_CAPTION_BYTES,
  MAX_DESCRIPTION_BYTES,
  MAX_FILE_BYTES,
  MAX_FILES,
  MAX_PREVIEW_BYTES,
} from "../../limits.ts";
import { type BlobId, blobIdFrom, idBytes } from "../../names.ts";
import type { File as WireFile, Picture as WirePicture } from "../../wire/content_pb.ts";
import { badContent, type Codec } from "./codec.ts";

export const MAX_FILE_NAME_BYTES = 255;
export const MAX_MEDIA_TYPE_BYTES = 127;
/** Of all files of a message: with it, the largest message stays below MAX_CONTENT_BYTES. */
export const MAX_PREVIEWS_BYTES = 32 * 1024;
/** Pixels. No graphics card has to hold a longer side. */
export const MAX_PICTURE_SIDE = 10_000;

const SHA256_BYTES = 32;
const KEY_BYTES = 32;
/** The last second that a JavaScript Date can hold. */
const MAX_TIME_SECONDS = 8_640_000_000_000;

export interface Files {
  readonly kind: "files";
  /** 1 to MAX_FILES, each of another blob. */
  readonly files: readonly SentFile[];
  /** Markdown, at most MAX_CAPTION_BYTES in UTF-8; "" for none. */
  readonly caption: string;
}

export interface SentFile {
  /** A proposal of its sender's: 1 to MAX_FILE_NAME_BYTES in UTF-8, of any characters. */
  readonly name: string;
  /** Its sender's word; the bytes decide. */
  readonly type: string;
  /** Of the plaintext, at most MAX_FILE_BYTES. */
  readonly bytes: number;
  /** Of the plaintext, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly blob: BlobId;
  /** AES-256, for this blob alone, 64 hexadecimal digits. */
  readonly key: string;
  /** Until when the server promised to keep the blob: Unix time, seconds. */
  readonly until: number;
  /** At most MAX_DESCRIPTION_BYTES in UTF-8; "" for none. */
  readonly description: string;
  readonly picture?: SentPicture;
}

interface SentPicture {
  /** 1 to MAX_PICTURE_SIDE, by its sender's word. */
  readonly width: number;
  readonly height: number;
  /** Base64 of at most MAX_PREVIEW_BYTES; "" for none. */
  readonly preview: string;
}

export const files: Codec<Files> = {
  fallback: ({ files, caption }) =>
    [caption, ...files.map(nameAndSize)].filter((line) => line !== "").join("\n"),
  encode: (data) => {
    if (utf8Bytes(data.caption) > MAX_CAPTION_BYTES)
      throw new UsageError("too-large", "The caption is above MAX_CAPTION_BYTES");
    const objection = objectionTo(data);
    if (objection !== undefined) throw new UsageError("bad-argument", `Files have ${objection}`);
    const { files, caption } = data;
    return { case: "files", value: { files: files.map(wireOf), caption } };
  },
  decode: (body) => {
    if (body.case !== "files") throw badContent("files without their body");
    const { files, caption } = body.value;
    const data = { kind: "files", files: files.map(fileOf), caption } as const;
    const objection = objectionTo(data);
    if (objection !== undefined) throw badContent(`files with ${objection}`);
    return data;
  },
};

/** Checks bounds, in the same way at both ends. @returns a description of the first violation; undefined if there is none */
function objectionTo({ files, caption }: Files): string | undefined {
  if (files.length === 0 || files.length > MAX_FILES) return "no file or too many";
  if (utf8Bytes(caption) > MAX_CAPTION_BYTES) return "a caption above the bound";
  if (new Set(files.map(({ blob }) => blob)).size < files.length) return "a blob twice";
  if (files.reduce((sum, { picture }) => sum + previewBytes(picture), 0) > MAX_PREVIEWS_BYTES)
    return "previews above the bound";
  for (const file of files) {
    const objection = objectionToFile(file);
    if (objection !== undefined) return objection;
  }
  return undefined;
}

function objectionToFile({ name, type, bytes, sha256, key, until, description, picture }: SentFile) {
  if (name === "" || utf8Bytes(name) > MAX_FILE_NAME_BYTES) return "a name out of bounds";
  if (utf8Bytes(type) > MAX_MEDIA_TYPE_BYTES) return "a type above the bound";
  if (!isWhole(bytes, 0, MAX_FILE_BYTES)) return "a size out of bounds";
  if (!isHex(sha256, SHA256_BYTES) || !isHex(key, KEY_BYTES)) return "a hash or key of a wrong length";
  if (!isWhole(until, 0, MAX_TIME_SECONDS)) return "a time out of range";
  if (utf8Bytes(description) > MAX_DESCRIPTION_BYTES) return "a description above the bound";
  if (picture === undefined) return undefined;
  const { width, height } = picture;
  if (!isWhole(width, 1, MAX_PICTURE_SIDE) || !isWhole(height, 1, MAX_PICTURE_SIDE))
    return "a picture out of bounds";
  return previewBytes(picture) > MAX_PREVIEW_BYTES ? "a preview above the bound" : undefined;
}

function fileOf(wire: WireFile): SentFile {
  const { name, mediaType: type, bytes, sha256, key, availableUntil, description, picture } = wire;
  const blob = blobIdFrom(wire.blob);
  if (blob === undefined) throw badContent(`a blob id of other than ${BLOB_ID_BYTES} bytes`);
  return {
    ...{ name, type, bytes: Number(bytes), sha256: hex(sha256), blob, key: hex(key) },
    ...{ until: Number(availableUntil), description },
    ...(picture !== undefined && { picture: pictureOf(picture) }),
  };
}

function pictureOf({ width, height, preview }: WirePicture): SentPicture {
  return { width, height, preview: Buffer.from(preview).toString("base64") };
}

function wireOf({ name, type, bytes, sha256, blob, key, until, description, picture }: SentFile) {
  return {
    ...{
      name,
      mediaType: type,
      bytes: BigInt(bytes),
      sha256: Buffer.from(sha256, "hex"),
      blob: idBytes(blob),
    },
    ...{ key: Buffer.from(key, "hex"), availableUntil: BigInt(until), description },
    ...(picture !== undefined && {
      picture: { ...picture, preview: Buffer.from(picture.preview, "base64") },
    }),
  };
}

/** @returns such as "plan.pdf (1.2 MB)" */
function nameAndSize({ name, bytes }: SentFile): string {
  const kilobytes = bytes / 1024;
  const size = kilobytes < 1024 ? `${kilobytes.toFixed(1)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
  return `${name} (${size})`;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function isHex(text: string, bytes: number): boolean {
  return text.length === 2 * bytes && /^[0-9a-f]+$/.test(text);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}

function previewBytes(picture: SentPicture | undefined): number {
  return picture === undefined ? 0 : Buffer.byteLength(picture.preview, "base64");
}
