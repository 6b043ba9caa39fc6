import assert from "node:assert/strict";
import fc from "fast-check";
import { slopeOf } from "./slope.ts";

describe("slope", () => {
  it("of points on a line equals the line's", () => {
    const numbers = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 3, max: 50 }), (at, slope, count) => {
        const points = Array.from({ length: count }, (_, n) => ({
          hours: n / 60,
          value: at + (slope * n) / 60,
        }));
        const { perHour, error } = slopeOf(points);
        assert.ok(Math.abs(perHour - slope) < 1e-6 && error < 1e-6, `${perHour} ± ${error}`);
      }),
    );
  });

  it("of values that oscillate without growing is 0, within its error", () => {
    const points = Array.from({ length: 40 }, (_, n) => ({ hours: n / 60, value: n % 2 === 0 ? 90 : 110 }));
    const { perHour, error } = slopeOf(points);
    assert.ok(Math.abs(perHour) < error);
  });

  it("is undefined for too few points", () => {
    assert.throws(
      () =>
        slopeOf([
          { hours: 0, value: 1 },
          { hours: 1, value: 2 },
        ]),
      RangeError,
    );
    assert.throws(() => slopeOf(Array.from({ length: 5 }, () => ({ hours: 1, value: 2 }))), RangeError);
  });
});
