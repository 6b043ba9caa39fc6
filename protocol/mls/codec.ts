/**
 * The TLS presentation language as MLS uses it (RFC 8446 §3, RFC 9420 §2.1). A Codec is one definition that reads and writes; lengths are
 * compared with their bound and with what is left before anything is allocated, and an encoding that is not the shortest is refused.
 */
import { MAX_OPAQUE_BYTES } from "./bounds.ts";
import { CodecError } from "./errors.ts";

const SECTION = "RFC 9420 §2.1";

export interface Codec<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}
export type TypeOf<C> = C extends Codec<infer T> ? T : never;

/** @returns the encoding, owned by the caller. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.write(writer, value);
  return writer.finish();
}

/** @param bytes foreign; not kept and not changed. @throws CodecError where they are anything but one whole value */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  reader.end();
  return value;
}

export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param bytes not copied; what is read is. */
  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @returns the next `length` bytes, a copy. */
  bytes(length: number): Uint8Array {
    return this.#view(length).slice();
  }

  /** @param length at most 6 bytes */
  uint(length: number): number {
    return this.#view(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** A variable-size length (§2.1.2). @param max bound in bytes */
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

  /** @returns a reader of the next vector's content, which the caller reads to its end. */
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
/** Working space that a Writer has finished with: overwritten, for the next one. */
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

  /** @param length at most 6 bytes */
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

  /** Writes what `content` writes, with its length before it. */
  vector(content: () => void): void {
    const start = this.#length;
    content();
    const length = this.#length - start;
    this.length(length); // behind the content, to learn how long it is
    const head = this.#buffer.slice(start + length, this.#length);
    this.#buffer.copyWithin(start + head.length, start, start + length);
    this.#buffer.set(head, start);
  }

  /** @returns a copy; the working space, which may have held secrets, is overwritten. The last call on a Writer. */
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

const uint = (length: number): Codec<number> => ({
  write: (writer, value) => writer.uint(value, length),
  read: (reader) => reader.uint(length),
});
export const uint8 = uint(1);
export const uint16 = uint(2);
export const uint32 = uint(4);
export const uint64: Codec<bigint> = {
  write(writer, value) {
    writer.uint(Number(value >> 32n), 4);
    writer.uint(Number(value & 0xffff_ffffn), 4);
  },
  read: (reader) => (BigInt(reader.uint(4)) << 32n) | BigInt(reader.uint(4)),
};

/** `opaque<V>`. @param max bytes */
export const opaque = (max = MAX_OPAQUE_BYTES): Codec<Uint8Array> => ({
  write(writer, value) {
    writer.length(value.length);
    writer.bytes(value);
  },
  read: (reader) => reader.bytes(reader.length(max)),
});

/** `opaque[length]` */
export const fixed = (length: number): Codec<Uint8Array> => ({
  write(writer, value) {
    if (value.length !== length) throw new RangeError(`${length} bytes are expected`);
    writer.bytes(value);
  },
  read: (reader) => reader.bytes(length),
});

/** `T<V>`. @param max elements */
export const vector = <T>(element: Codec<T>, max: number): Codec<readonly T[]> => ({
  write(writer, values) {
    writer.vector(() => {
      for (const value of values) element.write(writer, value);
    });
  },
  read(reader) {
    const content = reader.vector(MAX_OPAQUE_BYTES);
    const values: T[] = [];
    while (content.left > 0) {
      if (values.length === max) throw new CodecError(SECTION, `A vector of more than ${max} elements`);
      values.push(element.read(content));
    }
    return values;
  },
});

/** `optional<T>` (§2.1.1) */
export const optional = <T>(codec: Codec<T>): Codec<T | undefined> => ({
  write(writer, value) {
    writer.uint(value === undefined ? 0 : 1, 1);
    if (value !== undefined) codec.write(writer, value);
  },
  read(reader) {
    const present = reader.uint(1);
    if (present > 1) throw new CodecError(SECTION, "An optional value is neither present nor absent");
    return present === 1 ? codec.read(reader) : undefined;
  },
});

type Fields = Readonly<Record<string, Codec<unknown>>>;
type Struct<F extends Fields> = { readonly [K in keyof F]: TypeOf<F[K]> };

/** A struct, its fields in the order given. */
export function struct<F extends Fields>(fields: F): Codec<Struct<F>> {
  const entries = Object.entries(fields);
  return {
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, value[name]);
    },
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(reader);
      return value as Struct<F>;
    },
  };
}

/** An enum whose other numbers are errors. */
export function enumeration<Name extends string>(
  number: Codec<number>,
  numbers: Readonly<Record<Name, number>>,
): Codec<Name> {
  const names = new Map(Object.entries<number>(numbers).map(([name, value]) => [value, name as Name]));
  return {
    write: (writer, name) => number.write(writer, numbers[name]),
    read(reader) {
      const value = number.read(reader);
      const name = names.get(value);
      if (name === undefined)
        throw new CodecError(SECTION, `${value} is none of ${Object.keys(numbers).join(", ")}`);
      return name;
    },
  };
}

type Cases = Readonly<Record<string, readonly [number: number, content: Codec<object>]>>;
type Select<Tag extends string, C extends Cases> = {
  [K in keyof C & string]: { readonly [T in Tag]: K } & TypeOf<C[K][1]>;
}[keyof C & string];

/** An enum and the `select` over it: one value with a discriminating `tag`. */
export function select<Tag extends string, C extends Cases>(
  tag: Tag,
  number: Codec<number>,
  cases: C,
): Codec<Select<Tag, C>> {
  const numbers: Record<string, number> = {};
  for (const [name, [value]] of Object.entries(cases)) numbers[name] = value;
  const names = enumeration(number, numbers);
  const contentOf = (name: string) => (cases[name] as Cases[string])[1];
  return {
    write(writer, value) {
      const name = value[tag];
      names.write(writer, name);
      contentOf(name).write(writer, value);
    },
    read(reader) {
      const name = names.read(reader);
      return { [tag]: name, ...contentOf(name).read(reader) } as Select<Tag, C>;
    },
  };
}

/** A codec whose values are checked, or read as a narrower type. */
export const refine = <T, R extends T>(codec: Codec<T>, check: (value: T) => R): Codec<R> => ({
  write: (writer, value) => codec.write(writer, value),
  read: (reader) => check(codec.read(reader)),
});
