/**
 * The TLS presentation language as MLS uses it (RFC 8446 §3, RFC 9420 §2.1). A Codec is one definition that reads and writes; lengths are
 * compared with their bound and with the bytes left before anything is allocated, and an encoding that is not the shortest is refused.
 */
import { MAX_OPAQUE_BYTES } from "./bounds.ts";
import { Reader, Writer } from "./byte-stream.ts";
import { CodecError } from "./errors.ts";

const SECTION = "RFC 9420 §2.1";

export interface Codec<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}
export type TypeOf<C> = C extends Codec<infer T> ? T : never;

/** Encodes a value. The result belongs to the caller. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.write(writer, value);
  return writer.finish();
}

/**
 * Decodes exactly one value.
 * @param bytes foreign; not kept and not changed.
 * @throws CodecError for anything else
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  reader.end();
  return value;
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

/** A struct with its fields in the given order. */
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

/** An enum; unknown numbers are errors. */
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

/** A codec whose values are checked, or narrowed to another type. */
export const refine = <T, R extends T>(codec: Codec<T>, check: (value: T) => R): Codec<R> => ({
  write: (writer, value) => codec.write(writer, value),
  read: (reader) => check(codec.read(reader)),
});
