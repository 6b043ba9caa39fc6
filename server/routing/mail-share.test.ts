import assert from "node:assert/strict";
import fc from "fast-check";
import { isWithinShare } from "./mail-share.ts";

const SENDERS = 6;
const attempts = fc.array(
  fc.record({ sender: fc.nat({ max: SENDERS - 1 }), bytes: fc.integer({ min: 1, max: 400 }) }),
  { maxLength: 200 },
);

/**
 * Stores as much as the rule allows.
 * @returns the bytes of each sender
 */
function fill(bound: number, all: readonly { sender: number; bytes: number }[]): number[] {
  const own = Array.from({ length: SENDERS }, () => 0);
  for (const { sender, bytes } of all) {
    const mine = own[sender] ?? 0;
    const others = own.reduce((sum, one) => sum + one, 0) - mine;
    if (isWithinShare({ bound, others, own: mine }, bytes)) own[sender] = mine + bytes;
  }
  return own;
}

describe("a sender's share", () => {
  it("is a quarter of the free room, for any order and size of attempts", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4000 }), attempts, (bound, all) => {
        const own = fill(bound, all);
        const sum = own.reduce((total, one) => total + one, 0);
        assert.ok(sum <= bound);
        for (const one of own) assert.ok(one <= bound / 4);
        const free = bound - sum;
        assert.ok(isWithinShare({ bound, others: sum, own: 0 }, free / 4), "a newcomer has room");
        assert.ok(!isWithinShare({ bound, others: sum, own: 0 }, free / 4 + 1));
      }),
    );
  });

  it("leaves the other senders three quarters of the room", () => {
    for (let greedy = 0, free = 4 ** 8; greedy < 8; greedy++, free = (free * 3) / 4) {
      const others = 4 ** 8 - free;
      assert.ok(isWithinShare({ bound: 4 ** 8, others, own: 0 }, free / 4));
      assert.ok(!isWithinShare({ bound: 4 ** 8, others, own: free / 4 }, 1));
    }
  });

  it("is zero when others hold more than the bound, as endings may exceed it", () => {
    assert.ok(!isWithinShare({ bound: 1000, others: 1200, own: 0 }, 1));
  });
});
