/**
 * Makes broken inputs from valid ones: flipped bits, wrong lengths, cuts, repetitions, pieces of other
 * inputs.
 */
import type { Random } from "../torture/random.ts";

const INTERESTING = [0, 1, 2, 0x0a, 0x10, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xfe, 0xff];
const LENGTHS = [
  0, 1, 2, 4, 16, 127, 128, 255, 256, 4096, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0xffffffff,
];
const NUMBERS = ["0", "-1", "1e999", "9007199254740993", "0x10", "00", "65536", "null", '"', "[", "{"];

/** Strings that are special in one language or another. */
const TROUBLE: readonly string[] = [
  "__proto__",
  "constructor",
  "\0",
  "\r\n",
  "\u202e",
  "\ud7ff",
  "\u{10ffff}",
  "\ufeff",
  "%00",
  "%",
  "../",
  "{}",
  "[]",
];

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const flipBit: Mutation = (bytes, random) => {
  const at = random.between(0, bytes.length - 1);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
  return bytes;
};
const setByte: Mutation = (bytes, random) => {
  bytes[random.between(0, bytes.length - 1)] =
    random.next() < 0.5 ? random.pick(INTERESTING) : random.between(0, 255);
  return bytes;
};
const nudgeByte: Mutation = (bytes, random) => {
  const at = random.between(0, bytes.length - 1);
  bytes[at] = ((bytes[at] ?? 0) + random.pick([-1, 1])) & 0xff;
  return bytes;
};
const lie: Mutation = (bytes, random) => put(bytes, random, lengthField(random), random.next() < 0.7);
const lieInText: Mutation = (bytes, random) =>
  put(bytes, random, Buffer.from(random.pick(NUMBERS)), random.next() < 0.5);
const cut: Mutation = (bytes, random) => bytes.subarray(0, random.between(0, bytes.length));
const drop: Mutation = (bytes, random) => {
  const [from, to] = range(bytes, random);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
};
const repeat: Mutation = (bytes, random) => {
  const [from, to] = range(bytes, random);
  const times = random.next() < 0.8 ? 1 : random.between(2, 200);
  const piece = bytes.subarray(from, to);
  return Buffer.concat([bytes.subarray(0, to), ...Array<Buffer>(times).fill(piece), bytes.subarray(to)]);
};
const swap: Mutation = (bytes, random) => {
  const [from, to] = range(bytes, random);
  const middle = random.between(from, to);
  return Buffer.concat([
    bytes.subarray(0, from),
    bytes.subarray(middle, to),
    bytes.subarray(from, middle),
    bytes.subarray(to),
  ]);
};
const noise: Mutation = (bytes, random) =>
  put(
    bytes,
    random,
    Buffer.from(Array.from({ length: random.between(1, 16) }, () => random.between(0, 255))),
    false,
  );

/**
 * Makes a field longer or shorter and adapts its length, and the lengths of the enclosing fields that end
 * with it.
 */
const resize: Mutation = (bytes, random) => {
  const fields = fieldsIn(bytes);
  if (fields.length === 0) return bytes;
  const { start, end } = random.pick(fields);
  const change = random.next() < 0.5 ? random.between(1, 8) : -random.between(1, Math.min(8, end - start));
  const at = random.between(start, change < 0 ? end + change : end);
  for (const field of fields) {
    const around = field.start <= start && field.end >= end;
    if (!around || (field.start < start && random.next() < 0.2)) continue;
    const length = field.end - field.start + change;
    if (length < 2 ** (8 * field.width)) bytes.writeUIntBE(length, field.start - field.width, field.width);
  }
  const added = Buffer.alloc(Math.max(0, change), random.between(0, 255));
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + Math.max(0, -change))]);
};

const MUTATIONS = [resize, flipBit, setByte, nudgeByte, lie, lieInText, cut, drop, repeat, swap, noise];

export class Mutator {
  readonly #random: Random;
  readonly #words: readonly Uint8Array[];
  readonly #maxBytes: number;

  constructor(random: Random, words: readonly Uint8Array[], maxBytes: number) {
    this.#random = random;
    this.#words = [...words, ...TROUBLE.map((text) => Buffer.from(text))];
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns a new input of at most maxBytes.
   * @param inputs to mutate; at least one
   */
  mutate(inputs: readonly Uint8Array[]): Uint8Array {
    const random = this.#random;
    let bytes = Buffer.from(random.pick(inputs));
    for (let times = 2 ** random.between(0, 3); times > 0; times--) bytes = this.#once(bytes, inputs);
    return new Uint8Array(bytes.subarray(0, this.#maxBytes));
  }

  #once(bytes: Buffer<ArrayBuffer>, inputs: readonly Uint8Array[]): Buffer<ArrayBuffer> {
    const random = this.#random;
    const chance = random.next();
    if (chance < 0.15) return put(bytes, random, random.pick(this.#words), random.next() < 0.5);
    if (chance < 0.3) {
      const other = Buffer.from(random.pick(inputs));
      const [from, to] = range(other, random);
      return put(bytes, random, other.subarray(from, to), random.next() < 0.5);
    }
    return Buffer.from(bytes.length === 0 ? noise(bytes, random) : random.pick(MUTATIONS)(bytes, random));
  }
}

/** Inserts `piece` somewhere, between other bytes or in place of some. */
function put(bytes: Buffer, random: Random, piece: Uint8Array, over: boolean): Buffer<ArrayBuffer> {
  const at = random.between(0, bytes.length);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(over ? at + piece.length : at)]);
}

interface Field {
  /** Bytes of the length field. */
  readonly width: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Returns possible lengths with their fields: numbers that lead to the end, or to where another tag or length
 * could be.
 */
function fieldsIn(bytes: Buffer): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < Math.min(bytes.length, 4096); at++)
    for (const width of [1, 2, 4]) {
      const start = at + width;
      if (start > bytes.length) continue;
      const end = start + bytes.readUIntBE(at, width);
      if (end > start && end <= bytes.length) fields.push({ width, start, end });
    }
  return fields;
}

function range(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = random.between(0, bytes.length);
  const longest = random.next() < 0.7 ? 16 : bytes.length;
  return [from, Math.min(bytes.length, from + random.between(0, longest))];
}

/** Encodes a number as the formats here encode lengths: big-endian, as a varint, or as in MLS (RFC 9420 §2.1.2). */
function lengthField(random: Random): Buffer {
  const value = random.pick(LENGTHS);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  switch (random.between(0, 4)) {
    case 0:
      return bytes;
    case 1:
      return bytes.subarray(2);
    case 2:
      return bytes.subarray(3);
    case 3:
      return varint(value);
    default:
      bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
      return bytes;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) | 0x80 : rest);
    if (rest < 128) return Buffer.from(bytes);
  }
}
