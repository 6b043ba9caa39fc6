import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_CONTENT_BYTES } from "../limits.ts";
import { paddingFor } from "./padding.ts";

const framed = (length: number) => length + 66 + (length < 64 ? 1 : length < 16_384 ? 2 : 4);
const padded = (length: number) => framed(length) + paddingFor(length);

describe("padding", () => {
  it("pads all short messages to one size", () => {
    for (let length = 0; length <= 188; length++) assert.equal(padded(length), 256);
    assert(padded(189) > 256);
  });

  it("adds at most 12 % above the smallest size, and keeps the order of lengths", () => {
    fc.assert(
      fc.property(fc.nat({ max: MAX_CONTENT_BYTES }), (length) => {
        assert(paddingFor(length) >= 0);
        assert(padded(length) <= Math.max(256, framed(length) * 1.12));
        assert(padded(length) <= padded(length + 1));
      }),
    );
  });

  it("leaves few distinct sizes", () => {
    const sizes = new Set(Array.from({ length: MAX_CONTENT_BYTES + 1 }, (_, length) => padded(length)));
    assert(sizes.size < 150, String(sizes.size));
  });

  it("computes the same lengths as the algorithm of the PADMÉ paper", () => {
    // Padmé by bit masks, as in the paper.
    fc.assert(
      fc.property(fc.integer({ min: 189, max: MAX_CONTENT_BYTES }), (length) => {
        const exponent = 31 - Math.clz32(framed(length));
        const bits = 32 - Math.clz32(exponent);
        const mask = (1 << (exponent - bits)) - 1;
        assert.equal(padded(length), (framed(length) + mask) & ~mask);
      }),
    );
  });
});
