import assert from "node:assert/strict";
import fc from "fast-check";
import { type Holder, Holdings } from "./holdings.ts";

const MAX = 1600;

class Somebody implements Holder {
  heldBytes: number;
  readonly unreadForMs: number;
  gone = false;
  wasCut = false;

  constructor(heldBytes: number, unreadForMs = 0) {
    this.heldBytes = heldBytes;
    this.unreadForMs = unreadForMs;
  }

  cut(): void {
    this.wasCut = this.gone = true;
  }
}

function holding(...all: Somebody[]): Holdings {
  const holdings = new Holdings(MAX);
  for (const one of all) holdings.add(one);
  return holdings;
}

describe("bytes held for all connections", () => {
  it("may reach the bound without anybody being cut", () => {
    const all = Array.from({ length: 16 }, () => new Somebody(MAX / 16, 60_000));
    const holdings = holding(...all);
    holdings.look();
    assert.ok(all.every(({ wasCut }) => !wasCut));
    assert.equal(holdings.bytes, MAX);
  });

  it("cut connections that do not read, the largest first, before any that read", () => {
    const reader = new Somebody(900, 0);
    const [small, large, larger] = [200, 400, 500].map((bytes) => new Somebody(bytes, 5000));
    assert.ok(small && large && larger);
    const holdings = holding(reader, small, large, larger);
    holdings.look();
    assert.deepEqual(
      [reader, small, large, larger].map(({ wasCut }) => wasCut),
      [false, false, false, true],
    );
    small.heldBytes = 400;
    large.heldBytes = 300;
    holdings.look();
    assert.deepEqual(
      [reader, small, large].map(({ wasCut }) => wasCut),
      [false, false, false],
    );
    reader.heldBytes = 1601;
    holdings.look();
    assert.deepEqual(
      [reader, small, large].map(({ wasCut }) => wasCut),
      [true, true, true],
    );
  });

  it("are below the bound after each check, and nobody is cut needlessly", () => {
    const people = fc.array(
      fc.record({
        bytes: fc.integer({ min: 0, max: 2 * MAX }),
        unread: fc.constantFrom(0, 999, 1000, 90_000),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(people, (some) => {
        const all = some.map(({ bytes, unread }) => new Somebody(bytes, unread));
        const before = all.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
        const holdings = holding(...all);
        holdings.look();
        const left = all.filter(({ wasCut }) => !wasCut);
        const after = left.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
        assert.equal(holdings.bytes, after);
        assert.ok(after <= MAX);
        if (before <= MAX) assert.equal(left.length, all.length);
      }),
    );
  });

  it("are checked after much was queued, so that the bound is exceeded by at most a sixteenth", () => {
    const one = new Somebody(0, 5000);
    const holdings = holding(one, new Somebody(500));
    for (let count = 0; count < 1000 && !one.wasCut; count++) {
      one.heldBytes += 10;
      holdings.queued(10);
    }
    assert.ok(one.wasCut);
    assert.ok(one.heldBytes + 500 <= MAX + MAX / 16 + 10, String(one.heldBytes));
  });

  it("do not count closed connections", () => {
    const one = new Somebody(MAX);
    const holdings = holding(one);
    one.gone = true;
    holdings.look();
    assert.equal(holdings.bytes, 0);
  });
});
