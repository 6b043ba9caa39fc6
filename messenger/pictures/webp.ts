/** WebP (RFC 9649): a RIFF file of chunks, each FourCC | u32 length | data | a padding byte after an odd length. */
import { type Bytes, counted, join, latin, PictureDamaged } from "./bytes.ts";
import type { Format } from "./format.ts";
import { asShown, exifOf, type Orientation, orientationOf, type Sides } from "./orientation.ts";

const HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** Size of the header before the chunks of a frame. */
const FRAME_HEAD_BYTES = 16;
const KEPT: ReadonlySet<string> = new Set(["VP8X", "ICCP", "ANIM", "ANMF", "ALPH", "VP8 ", "VP8L"]);
const KEPT_IN_FRAME: ReadonlySet<string> = new Set(["ALPH", "VP8 ", "VP8L"]);
const HAS_XMP = 0x04;
const HAS_EXIF = 0x08;

interface Chunk {
  readonly type: string;
  readonly data: Bytes;
}

const chunksOf = (bytes: Bytes) => counted(allChunks(bytes));

function* allChunks(bytes: Bytes): Generator<Chunk> {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.u32(at + 4, true);
    const begin = at + CHUNK_HEAD_BYTES;
    yield { type: bytes.text(at, 4), data: bytes.part(begin, begin + length) };
    at = begin + length + (length % 2);
  }
}

/** @returns the chunks of the RIFF file, without bytes after its end */
function topChunks(bytes: Bytes): readonly Chunk[] {
  const length = bytes.u32(4, true);
  if (length < 4) throw new PictureDamaged("no RIFF");
  return [...chunksOf(bytes.part(HEAD_BYTES, 8 + length))];
}

/** @returns the size in a chunk of picture data; undefined for other chunks */
function sidesOf({ type, data }: Chunk): Sides | undefined {
  if (type === "VP8 ") {
    // RFC 6386 §9.1: a key frame, its start code, then 14 bits each for width and height.
    if ((data.u8(0) & 1) !== 0 || data.text(3, 3) !== "\x9d\x01\x2a")
      throw new PictureDamaged("no key frame");
    return { width: data.u16(6, true) & 0x3fff, height: data.u16(8, true) & 0x3fff };
  }
  if (type !== "VP8L") return undefined;
  if (data.u8(0) !== 0x2f) throw new PictureDamaged("no lossless picture");
  const bits = data.u32(1, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function picturesIn(chunks: readonly Chunk[]): readonly Sides[] {
  return chunks.map(sidesOf).filter((sides) => sides !== undefined);
}

function exactlyOne(chunks: readonly Chunk[]): Sides {
  const [sides, ...others] = picturesIn(chunks);
  if (sides === undefined || others.length > 0 || sides.width === 0 || sides.height === 0)
    throw new PictureDamaged("not one picture");
  return sides;
}

/** Reads width and height. @param at the index of two u24, each one less than the value */
function pair(data: Bytes, at: number): Sides {
  return { width: data.u24le(at) + 1, height: data.u24le(at + 3) + 1 };
}

/** Checks that a frame of an animation is within the canvas and has the size given in its header. */
function checkFrame({ data }: Chunk, canvas: Sides): void {
  const sides = exactlyOne(frameChunks(data));
  const said = pair(data, 6);
  const [left, top] = [2 * data.u24le(0), 2 * data.u24le(3)];
  if (sides.width !== said.width || sides.height !== said.height)
    throw new PictureDamaged("a frame of another size");
  if (left + sides.width > canvas.width || top + sides.height > canvas.height)
    throw new PictureDamaged("a frame over the edge");
}

function frameChunks(data: Bytes): readonly Chunk[] {
  return [...chunksOf(data.part(FRAME_HEAD_BYTES, data.length))];
}

function orientationIn(chunks: readonly Chunk[]): Orientation {
  const exif = chunks.find(({ type }) => type === "EXIF")?.data;
  if (exif === undefined) return 1;
  // Some programs add JPEG's prefix.
  return orientationOf(exif.startsWith("Exif\0\0") ? exif.all.subarray(6) : exif.all);
}

export const webp: Format = {
  type: "image/webp",
  begins: (bytes) => bytes.startsWith("RIFF") && bytes.startsWith("WEBP", 8),

  size(bytes) {
    const chunks = topChunks(bytes);
    const [first] = chunks;
    if (first?.type !== "VP8X") return { ...exactlyOne(chunks), frames: 1 };
    const canvas = pair(first.data, 4);
    const frames = chunks.filter(({ type }) => type === "ANMF");
    for (const frame of frames) checkFrame(frame, canvas);
    // Also count pictures beside frames, since decoders differ in which they draw.
    const sides = frames.length > 0 ? picturesIn(chunks) : [exactlyOne(chunks)];
    if (sides.some((one) => one.width !== canvas.width || one.height !== canvas.height))
      throw new PictureDamaged("a picture of another size than its canvas");
    return { ...asShown(canvas, orientationIn(chunks)), frames: Math.max(1, frames.length) };
  },

  bare(bytes) {
    const chunks = topChunks(bytes);
    const orientation = chunks[0]?.type === "VP8X" ? orientationIn(chunks) : 1;
    const parts = chunks.filter(({ type }) => KEPT.has(type)).map((one) => bareChunk(one, orientation));
    if (orientation !== 1) parts.push(chunk("EXIF", exifOf(orientation)));
    const body = join([latin("WEBP"), ...parts]);
    return [latin("RIFF"), u32(body.length), body];
  },
};

function bareChunk({ type, data }: Chunk, orientation: Orientation): Uint8Array {
  if (type === "VP8X") {
    const flags = data.u8(0) & ~(HAS_EXIF | HAS_XMP);
    const head = Uint8Array.of(orientation === 1 ? flags : flags | HAS_EXIF);
    return chunk(type, join([head, data.slice(1, data.length)]));
  }
  if (type !== "ANMF") return chunk(type, data.all);
  const inner = frameChunks(data).filter((one) => KEPT_IN_FRAME.has(one.type));
  const head = data.slice(0, FRAME_HEAD_BYTES);
  return chunk(type, join([head, ...inner.map((one) => chunk(one.type, one.data.all))]));
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  return join([latin(type), u32(data.length), data, new Uint8Array(data.length % 2)]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
