/** Reads and joins bytes of pictures. A read beyond the end throws PictureDamaged, so that no length has to be trusted. */

/** The bytes are not a valid picture of that type. */
export class PictureDamaged extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = "PictureDamaged";
  }
}

/**
 * The most chunks, segments or blocks. A picture of 16 megapixels has some thousand. Each takes memory, and can be as short as four
 * bytes.
 */
const MAX_PARTS = 100_000;

/** Yields the parts. @throws PictureDamaged after MAX_PARTS */
export function* counted<Part>(parts: Iterable<Part>): Generator<Part> {
  let count = 0;
  for (const part of parts) {
    if (++count > MAX_PARTS) throw new PictureDamaged("too many parts");
    yield part;
  }
}

export class Bytes {
  readonly all: Uint8Array;
  readonly #view: DataView;

  constructor(all: Uint8Array) {
    this.all = all;
    this.#view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  }

  get length(): number {
    return this.all.length;
  }

  /** Reads an unsigned byte. @throws PictureDamaged at the end of the bytes, as do the methods below */
  u8(at: number): number {
    this.#need(at, 1);
    return this.#view.getUint8(at);
  }
  u16(at: number, littleEndian = false): number {
    this.#need(at, 2);
    return this.#view.getUint16(at, littleEndian);
  }
  u24le(at: number): number {
    return this.u16(at, true) + this.u8(at + 2) * 0x1_0000;
  }
  u32(at: number, littleEndian = false): number {
    this.#need(at, 4);
    return this.#view.getUint32(at, littleEndian);
  }
  /** Reads ISO 8859-1 text, one character per byte. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.slice(at, at + length));
  }
  slice(from: number, to: number): Uint8Array {
    this.#need(from, to - from);
    return this.all.subarray(from, to);
  }
  part(from: number, to: number): Bytes {
    return new Bytes(this.slice(from, to));
  }
  startsWith(text: string, at = 0): boolean {
    return this.length >= at + text.length && this.text(at, text.length) === text;
  }

  #need(at: number, length: number): void {
    if (at < 0 || length < 0 || at + length > this.length) throw new PictureDamaged("cut short");
  }
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Encodes ISO 8859-1 text. @param text ISO 8859-1 */
export function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
