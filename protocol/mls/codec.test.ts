import assert from "node:assert/strict";
import fc from "fast-check";
import { Reader, Writer } from "./byte-stream.ts";
import {
  type Codec,
  decode,
  encode,
  enumeration,
  opaque,
  optional,
  select,
  struct,
  uint8,
  uint16,
  uint32,
  uint64,
  vector,
} from "./codec.ts";
import { CodecError } from "./errors.ts";
import { hex, vectors } from "./vectors-fixture.ts";

describe("MLS codec", () => {
  it("reads the lengths of the official vectors, and writes them", () => {
    for (const { vlbytes_header, length } of vectors<{ vlbytes_header: string; length: number }>(
      "mls/deserialization.json",
    )) {
      const header = hex(vlbytes_header);
      const writer = new Writer();
      writer.length(length);
      assert.deepEqual(writer.finish(), header);
      // Some lengths are of a gigabyte: the bound that is exceeded shows how much was parsed.
      const refusal = new RegExp(`^A vector of ${length} bytes`);
      if (length > 0) assert.throws(() => new Reader(header).length(length - 1), { message: refusal });
      else assert.equal(new Reader(header).length(0), 0);
    }
  });

  for (const [what, bytes] of [
    ["the prefix 11", "c0"],
    ["63 in two bytes", `403f${"00".repeat(63)}`],
    ["16,383 in four bytes", `80003fff${"00".repeat(16_383)}`],
    ["more than is left", "0500000000"],
    ["a length that is cut", "40"],
    ["something behind the value", "010000"],
  ] as const)
    it(`refuses a vector with ${what}`, () => {
      assert.throws(() => decode(opaque(), hex(bytes)), CodecError);
    });

  it("compares a length with its bound before it reads", () => {
    assert.throws(() => decode(opaque(3), hex("0400000000")), /where 3 are allowed/);
    assert.throws(() => decode(vector(uint8, 3), hex("0400000000")), /more than 3 elements/);
    // 2^30 - 1 bytes are announced, none follow
    assert.throws(() => decode(opaque(2 ** 30), hex("bfffffff")), /longer than what is left/);
  });

  it("refuses an invalid optional, and an enum's unknown number", () => {
    assert.throws(() => decode(optional(uint8), hex("0201")), CodecError);
    assert.throws(() => decode(enumeration(uint8, { one: 1 }), hex("00")), CodecError);
  });

  it("does not keep the input's buffer", () => {
    const input = Buffer.from("03010203", "hex");
    const read = decode(opaque(), input);
    input.fill(9);
    assert.deepEqual(read, hex("010203"));
  });

  const shape = select("kind", uint16, {
    empty: [1, struct({})],
    full: [
      7,
      struct({
        number: uint32,
        big: uint64,
        text: opaque(),
        list: vector(opaque(), 9),
        maybe: optional(uint8),
      }),
    ],
  });

  it("reads any value that it wrote, and nothing shorter or longer", () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    const value = fc.oneof(
      fc.record({ kind: fc.constant("empty" as const) }),
      fc.record({
        kind: fc.constant("full" as const),
        number: fc.nat({ max: 2 ** 32 - 1 }),
        big: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        text: bytes,
        list: fc.array(bytes, { maxLength: 9 }),
        maybe: fc.option(fc.nat({ max: 255 }), { nil: undefined }),
      }),
    );
    fc.assert(
      fc.property(value, fc.nat(), (given, cut) => {
        const encoded = encode(shape, given);
        assert.deepEqual(decode(shape, encoded), { ...given });
        assert.throws(() => decode(shape, encoded.slice(0, cut % encoded.length)), CodecError);
        assert.throws(() => decode(shape, Buffer.concat([encoded, Buffer.alloc(1)])), CodecError);
      }),
    );
  });

  it("writes the same bytes again for any value that it reads", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const codec: Codec<unknown> = vector(opaque(), 60);
        let value: unknown;
        try {
          value = decode(codec, bytes);
        } catch (error) {
          assert(error instanceof CodecError);
          return;
        }
        assert.deepEqual(encode(codec, value), bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses to write a number that does not fit", () => {
    for (const value of [256, -1, 0.5]) assert.throws(() => encode(uint8, value), RangeError);
  });
});
