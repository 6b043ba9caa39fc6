import assert from "node:assert/strict";
import { Reasons, Tally } from "./counts.ts";

describe("counts", () => {
  it("ignore numbers out of range, without allocating", () => {
    const tally = new Tally(3);
    for (const at of [0, 2, 2, 3, -1, 1.5, Number.NaN, 2 ** 40]) tally.add(at);
    assert.deepEqual([tally.of(0), tally.of(1), tally.of(2), tally.of(3)], [1, 0, 2, 0]);
  });

  it("of reasons start at 0 for known ones, and are bounded in number", () => {
    const reasons = new Reasons(["cut"]);
    for (let at = 0; at < 500; at++) reasons.add(`reason ${at}`);
    const all = new Map(reasons);
    assert.equal(all.get("cut"), 0);
    assert.equal(all.size, 101);
    assert.equal(all.get("other"), 401);
  });
});
