/** GIF87a and GIF89a: a logical screen, colour tables, images and extensions in sub-blocks of u8 length | data, and a trailer. */
import { type Bytes, counted, PictureDamaged } from "./bytes.ts";
import type { Format } from "./format.ts";

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;
const APPLICATION = 0xff;
const HEADER_BYTES = 13;
const IMAGE_BYTES = 10;
/** Application blocks that affect display: the repetition of an animation, and the colour profile. All others are metadata. */
const KEPT_APPLICATIONS: ReadonlySet<string> = new Set(["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"]);

interface Block {
  readonly kind: "image" | "extension";
  /** The index of its first byte. */
  readonly at: number;
  readonly whole: Uint8Array;
}

/** @returns the size of a colour table in bytes. @param flags the byte that describes it */
function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function firstBlock(bytes: Bytes): number {
  return HEADER_BYTES + tableBytes(bytes.u8(10));
}

/** Yields the blocks up to the trailer, which may be missing. */
const blocksOf = (bytes: Bytes) => counted(allBlocks(bytes));

function* allBlocks(bytes: Bytes): Generator<Block> {
  for (let at = firstBlock(bytes); at < bytes.length; ) {
    const begin = bytes.u8(at);
    if (begin === TRAILER) return;
    if (begin !== IMAGE && begin !== EXTENSION) throw new PictureDamaged("no block");
    // An image also has a byte with the minimum code size before its data.
    const inner = begin === IMAGE ? at + IMAGE_BYTES + tableBytes(bytes.u8(at + 9)) + 1 : at + 2;
    const end = endOfSubBlocks(bytes, inner);
    yield { kind: begin === IMAGE ? "image" : "extension", at, whole: bytes.slice(at, end) };
    at = end;
  }
}

function endOfSubBlocks(bytes: Bytes, from: number): number {
  let at = from;
  for (let length = bytes.u8(at); length !== 0; length = bytes.u8(at)) at += 1 + length;
  return at + 1;
}

export const gif: Format = {
  type: "image/gif",
  begins: (bytes) => bytes.startsWith("GIF87a") || bytes.startsWith("GIF89a"),

  size(bytes) {
    let [width, height, frames] = [bytes.u16(6, true), bytes.u16(8, true), 0];
    for (const { kind, at } of blocksOf(bytes)) {
      if (kind !== "image") continue;
      frames += 1;
      // If a frame exceeds the screen, browsers enlarge the screen.
      width = Math.max(width, bytes.u16(at + 1, true) + bytes.u16(at + 5, true));
      height = Math.max(height, bytes.u16(at + 3, true) + bytes.u16(at + 7, true));
    }
    if (frames === 0 || width === 0 || height === 0) throw new PictureDamaged("no picture in it");
    return { width, height, frames };
  },

  bare(bytes) {
    const parts = [bytes.slice(0, firstBlock(bytes))];
    for (const { kind, at, whole } of blocksOf(bytes))
      if (kind === "image" || isKept(bytes, at)) parts.push(whole);
    parts.push(Uint8Array.of(TRAILER));
    return parts;
  },
};

function isKept(bytes: Bytes, at: number): boolean {
  const label = bytes.u8(at + 1);
  if (label === GRAPHIC_CONTROL) return true;
  return label === APPLICATION && bytes.u8(at + 2) === 11 && KEPT_APPLICATIONS.has(bytes.text(at + 3, 11));
}
