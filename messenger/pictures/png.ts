/** PNG, third edition (W3C 2025), with animations: a signature and chunks of u32 length | type | data | CRC. */
import { type Bytes, counted, join, latin, PictureDamaged } from "./bytes.ts";
import type { Format } from "./format.ts";
import { asShown, exifOf, type Orientation, orientationOf } from "./orientation.ts";

const SIGNATURE = "\x89PNG\r\n\x1a\n";
/** Chunks that affect display. All others are metadata or unknown. */
const KEPT: ReadonlySet<string> = new Set([
  ...["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "bKGD", "sBIT"],
  ...["gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI"],
  ...["acTL", "fcTL", "fdAT"],
]);
const TYPE = /^[A-Za-z]{4}$/;
/** An upper-case first letter marks a critical chunk, which a decoder must understand. */
const CRITICAL = /^[A-Z]/;
/** The most bytes of a compressed colour profile. Real ones have kilobytes; a large one may be a decompression bomb. */
const MAX_PROFILE_BYTES = 1024 * 1024;

interface Chunk {
  readonly type: string;
  /** The index of its first byte of data. */
  readonly at: number;
  readonly length: number;
  /** All bytes of the chunk. */
  readonly whole: Uint8Array;
}

/** Yields the chunks up to IEND. */
const chunksOf = (bytes: Bytes) => counted(allChunks(bytes));

function* allChunks(bytes: Bytes): Generator<Chunk> {
  for (let at = SIGNATURE.length; ; ) {
    const length = bytes.u32(at);
    const type = bytes.text(at + 4, 4);
    if (!TYPE.test(type)) throw new PictureDamaged("no chunk type");
    const end = at + 12 + length;
    if ((at === SIGNATURE.length) !== (type === "IHDR")) throw new PictureDamaged("IHDR is not the first");
    if (CRITICAL.test(type) && !KEPT.has(type)) throw new PictureDamaged("an unknown critical chunk");
    yield { type, at: at + 8, length, whole: bytes.slice(at, end) };
    if (type === "IEND") return;
    at = end;
  }
}

function orientationIn(bytes: Bytes): Orientation {
  for (const { type, at, length } of chunksOf(bytes))
    if (type === "eXIf") return orientationOf(bytes.slice(at, at + length));
  return 1;
}

export const png: Format = {
  type: "image/png",
  begins: (bytes) => bytes.startsWith(SIGNATURE),

  size(bytes) {
    let size = { width: 0, height: 0 };
    let [frames, parts] = [0, 0];
    for (const { type, at, length } of chunksOf(bytes)) {
      if (type === "IHDR") {
        if (length !== 13) throw new PictureDamaged("IHDR");
        size = { width: bytes.u32(at), height: bytes.u32(at + 4) };
      } else if (type === "IDAT") parts += 1;
      else if (type === "fcTL") frames += 1;
    }
    const { width, height } = size;
    if (width === 0 || height === 0 || parts === 0) throw new PictureDamaged("no picture in it");
    return { ...asShown(size, orientationIn(bytes)), frames: Math.max(1, frames) };
  },

  bare(bytes) {
    const orientation = orientationIn(bytes);
    const parts: Uint8Array[] = [latin(SIGNATURE)];
    for (const { type, length, whole } of chunksOf(bytes)) {
      if (!KEPT.has(type) || (type === "iCCP" && length > MAX_PROFILE_BYTES)) continue;
      parts.push(whole);
      if (type === "IHDR" && orientation !== 1) parts.push(chunk("eXIf", exifOf(orientation)));
    }
    return parts;
  },
};

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = join([latin(type), data]);
  return join([u32(data.length), body, u32(crc32(body))]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Returns the CRC of ISO 3309 (PNG, annex D). Not fast, since it is used for a few bytes. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
