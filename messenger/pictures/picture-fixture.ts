/** Pictures for tests: real ones from files, and parts to build others from. */
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../test/fixtures/pictures/", import.meta.url);

/** Pictures by file name. */
export const PICTURES: ReadonlyMap<string, Uint8Array> = new Map(
  readdirSync(FOLDER)
    .filter((name) => !name.endsWith(".md"))
    .map((name) => [name, new Uint8Array(readFileSync(new URL(name, FOLDER)))]),
);

export function pictureFile(name: string): Uint8Array {
  const bytes = PICTURES.get(name);
  if (bytes === undefined) throw new Error(`no picture ${name}`);
  return bytes;
}

export function pngChunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}
export function pngOf(...chunks: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}
export function ihdr(width: number, height: number): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  return pngChunk("IHDR", data);
}

export function jpegSegment(marker: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 0xff), data]);
}
export function frameHeader(width: number, height: number): Buffer {
  return jpegSegment(0xc0, Buffer.of(8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0));
}
export const SCAN = Buffer.concat([
  jpegSegment(0xda, Buffer.of(1, 1, 0, 0, 63, 0)),
  Buffer.of(1, 2, 0xff, 0, 3),
]);
export function jpegOf(...segments: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(0xff, 0xd8), ...segments, Buffer.of(0xff, 0xd9)]);
}

export function gifOf(width: number, height: number, ...blocks: readonly Uint8Array[]): Buffer {
  const head = Buffer.from("GIF89a\0\0\0\0\0\0\0", "latin1");
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  return Buffer.concat([head, ...blocks, Buffer.of(0x3b)]);
}
export function gifFrame(width: number, height: number, left = 0, top = 0): Buffer {
  const head = Buffer.alloc(10);
  head[0] = 0x2c;
  for (const [at, value] of [left, top, width, height].entries()) head.writeUInt16LE(value, 1 + 2 * at);
  return Buffer.concat([head, Buffer.of(2, 2, 0x4c, 1, 0)]);
}

export function webpChunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}
export function webpOf(...chunks: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.from("WEBP"), ...chunks]);
  const head = Buffer.alloc(8);
  head.write("RIFF");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}
/** Returns VP8L data of which only the header is valid. */
export function lossless(width: number, height: number): Buffer {
  const data = Buffer.alloc(8);
  data[0] = 0x2f;
  data.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0, 1);
  return webpChunk("VP8L", data);
}
export function extended(width: number, height: number, flags = 0): Buffer {
  const data = Buffer.alloc(10);
  data[0] = flags;
  data.writeUIntLE(width - 1, 4, 3);
  data.writeUIntLE(height - 1, 7, 3);
  return webpChunk("VP8X", data);
}
export function webpFrame(width: number, height: number, inner: Uint8Array, left = 0): Buffer {
  const head = Buffer.alloc(16);
  head.writeUIntLE(left / 2, 0, 3);
  head.writeUIntLE(width - 1, 6, 3);
  head.writeUIntLE(height - 1, 9, 3);
  return webpChunk("ANMF", Buffer.concat([head, inner]));
}
