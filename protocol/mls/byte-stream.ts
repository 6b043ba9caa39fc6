/** Reads and writes bytes in sequence: numbers, and lengths as in RFC 9420 §2.1.2. */
import { CodecError } from "./errors.ts";

const SECTION = "RFC 9420 §2.1";

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /**
   * @param bytes not copied; parts that are read are copied
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Returns the next `length` bytes, copied. */
  bytes(length: number): Uint8Array {
    return this.#view(length).slice();
  }

  /**
   * Reads an unsigned integer.
   * @param length at most 6 bytes
   */
  uint(length: number): number {
    return this.#view(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  /**
   * Reads a variable-size length (§2.1.2).
   * @param max bound in bytes
   */
  length(max: number): number {
    const first = this.uint(1);
    const prefix = first >> 6;
    if (prefix === 3) throw new CodecError(SECTION, "A length begins with the bits 11");
    let length = first & 0x3f;
    if (prefix > 0) length = length * 2 ** (8 * (2 ** prefix - 1)) + this.uint(2 ** prefix - 1);
    if ((prefix === 1 && length < 2 ** 6) || (prefix === 2 && length < 2 ** 14))
      throw new CodecError(SECTION, "A length is not encoded in the fewest bytes");
    if (length > max) throw new CodecError(SECTION, `A vector of ${length} bytes, where ${max} are allowed`);
    if (length > this.left) throw new CodecError(SECTION, "A vector is longer than what is left");
    return length;
  }

  /** Returns a reader of the next vector's content, which the caller reads to its end. */
  vector(max: number): Reader {
    return new Reader(this.#view(this.length(max)));
  }

  end(): void {
    if (this.left > 0) throw new CodecError(SECTION, `${this.left} bytes too many`);
  }

  #view(length: number): Uint8Array {
    if (length > this.left) throw new CodecError(SECTION, "The encoding ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

const INITIAL_BYTES = 4096;
/** Working space of a finished Writer, overwritten and kept for the next one. */
let spare: Uint8Array | undefined;

export class Writer {
  #buffer: Uint8Array;
  #length = 0;

  constructor() {
    this.#buffer = spare ?? new Uint8Array(INITIAL_BYTES);
    spare = undefined;
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /**
   * Writes an unsigned integer.
   * @param length at most 6 bytes
   */
  uint(value: number, length: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** length)
      throw new RangeError(`${value} does not fit into ${length} bytes`);
    this.#room(length);
    for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256))
      this.#buffer[this.#length + i] = rest % 256;
    this.#length += length;
  }

  length(length: number): void {
    if (length >= 2 ** 30) throw new RangeError("A vector has less than 2^30 bytes");
    if (length < 2 ** 6) this.uint(length, 1);
    else if (length < 2 ** 14) this.uint(length + 2 ** 14, 2);
    else this.uint(length + 2 ** 31, 4);
  }

  /** Writes the output of `content`, with its length before it. */
  vector(content: () => void): void {
    const start = this.#length;
    content();
    const length = this.#length - start;
    this.length(length); // written behind the content first, since its length is known only then
    const head = this.#buffer.slice(start + length, this.#length);
    this.#buffer.copyWithin(start + head.length, start, start + length);
    this.#buffer.set(head, start);
  }

  /**
   * Returns a copy of the bytes. The working space, which may have held secrets, is overwritten. The last
   * call on a Writer.
   */
  finish(): Uint8Array {
    const bytes = this.#buffer.slice(0, this.#length);
    this.#buffer.fill(0, 0, this.#length);
    if (this.#buffer.length === INITIAL_BYTES) spare = this.#buffer;
    this.#buffer = bytes;
    return bytes;
  }

  #room(length: number): void {
    if (this.#length + length <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + length));
    grown.set(this.#buffer);
    this.#buffer.fill(0, 0, this.#length);
    this.#buffer = grown;
  }
}
