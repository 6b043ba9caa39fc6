import assert from "node:assert/strict";
import { ColouringBudget } from "./colouring.ts";

describe("the time that colouring a message may take", () => {
  const { now } = performance;
  let time = 0;
  beforeEach(() => {
    performance.now = () => time;
  });
  afterEach(() => {
    performance.now = now;
  });
  /** @returns how many pieces are done. @param pieces the milliseconds that each takes */
  function done(pieces: readonly number[]): number {
    const budget = new ColouringBudget();
    return pieces.filter((taken) => budget.spend(() => (time += taken)) !== undefined).length;
  }

  it("is 100 ms, after which code stays plain", () => {
    assert.equal(done(Array.from({ length: 50 }, () => 10)), 10);
    assert.equal(done([40, 40, 40, 1]), 3);
  });

  it("is used up by one piece of more than 50 ms", () => {
    assert.equal(done([1, 51, 1, 1]), 2);
    assert.equal(done([50, 49, 0.5, 0.5, 1]), 4);
  });
});
