import assert from "node:assert/strict";
import fc from "fast-check";
import { type Username, username } from "../../protocol/names.ts";
import { Window } from "./window.ts";

const LIMITS = { unconfirmedItems: 40, unconfirmedBytes: 10_000 };
const MOST_BYTES = 3000;
const SMALL_BYTES = Math.floor(LIMITS.unconfirmedBytes / 256);
const senders = ["alice", "bob", "carol", "dave"].map((name) => username(name));
const friend = username("friend");

const sender = fc.constantFrom(...senders);
const bytes = fc.oneof(fc.integer({ min: 0, max: MOST_BYTES }), fc.integer({ min: 0, max: SMALL_BYTES + 1 }));
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("send" as const), sender, bytes }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("confirm" as const), which: fc.nat() }) },
);

describe("window of unconfirmed deliveries", () => {
  it("holds a quarter of the free room for each sender, and always one delivery of anybody else", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 300 }), bytes, (acts, size) => {
        const window = new Window(LIMITS);
        const sent: { sender: Username; bytes: number }[] = [];
        for (const one of acts) {
          if (one.type === "send" && window.hasRoom(one.sender, one.bytes)) {
            window.sent(one.sender, one.bytes);
            sent.push(one);
          }
          const [gone] = one.type === "confirm" ? sent.splice(one.which % Math.max(1, sent.length), 1) : [];
          if (gone !== undefined) window.confirmed(gone.sender, gone.bytes);
          assert.equal(window.items, sent.length);
          assert.equal(
            window.bytes,
            sent.reduce((sum, { bytes }) => sum + bytes, 0),
          );
          // The bound may be exceeded by the last delivery that there was room for, and by a small one of
          // each sender.
          assert.ok(window.items <= LIMITS.unconfirmedItems + senders.length);
          assert.ok(window.bytes < LIMITS.unconfirmedBytes + MOST_BYTES + senders.length * SMALL_BYTES);
          for (const each of senders)
            assert.ok(sent.filter((one) => one.sender === each).length <= LIMITS.unconfirmedItems / 4);
        }
        assert.ok(window.hasRoom(friend, SMALL_BYTES), "whatever is under way");
        if (window.bytes < LIMITS.unconfirmedBytes) assert.ok(window.hasRoom(friend, size));
      }),
    );
  });

  it("has room for one sender beside many greedy ones, and for all once everything is confirmed", () => {
    const window = new Window(LIMITS);
    const taken = senders.map((one) => {
      let count = 0;
      for (; window.hasRoom(one, 10); count++) window.sent(one, 10);
      return count;
    });
    assert.deepEqual(taken, [10, 7, 5, 4]);
    assert.ok(window.hasRoom(friend, MOST_BYTES));
    for (const [at, one] of senders.entries())
      for (let count = 0; count < (taken[at] ?? 0); count++) window.confirmed(one, 10);
    assert.deepEqual([window.items, window.bytes], [0, 0]);
    assert.ok(window.hasRoom(friend, MOST_BYTES));
  });

  it("accepts a delivery larger than itself when it is empty", () => {
    const window = new Window(LIMITS);
    assert.ok(window.hasRoom(friend, 2 * LIMITS.unconfirmedBytes));
    window.sent(friend, 2 * LIMITS.unconfirmedBytes);
    assert.ok(!window.hasRoom(friend, 0));
    window.clear();
    assert.ok(window.hasRoom(friend, 0));
  });
});
