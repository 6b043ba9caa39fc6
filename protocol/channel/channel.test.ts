import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { ProtocolError, UsageError } from "../errors.ts";
import { MAX_FRAME_BYTES, RECORDS_PER_KEY } from "../limits.ts";
import { FrameReader } from "../wire/frame.ts";
import { Channel, MAX_RECORD_PLAINTEXT_BYTES } from "./channel.ts";
import { channelPair } from "./channel-fixture.ts";

const TEXT = Buffer.from("the plaintext of one record");
const frameOf = (channel: Channel, plaintext: Uint8Array) => Buffer.concat(channel.seal(plaintext));

describe("Channel", () => {
  it("opens the other end's records, both ways, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 500 }))), (turns) => {
        const [alice, bob] = channelPair();
        for (const [up, plaintext] of turns) {
          const [from, to] = up ? [alice, bob] : [bob, alice];
          assert.deepEqual(Buffer.from(to.open(record(frameOf(from, plaintext)))), Buffer.from(plaintext));
        }
      }),
    );
  });

  it("seals whole frames", () => {
    const [alice] = channelPair();
    const frames = new FrameReader(MAX_FRAME_BYTES).push(
      Buffer.concat([frameOf(alice, TEXT), frameOf(alice, TEXT)]),
    );
    assert.deepEqual(
      frames.map(({ length }) => length),
      [TEXT.length + 16, TEXT.length + 16],
    );
  });

  const attacks: readonly [string, (first: Uint8Array, second: Uint8Array) => readonly Uint8Array[]][] = [
    ["replayed", (first) => [first, first]],
    ["reordered", (first, second) => [second, first]],
    ["dropped", (_, second) => [second]],
    ["truncated", (first) => [first.subarray(0, -1)]],
    ["emptied", () => [new Uint8Array(0)]],
    ["cut below a tag", (first) => [first.subarray(0, 15)]],
    ["lengthened", (first) => [Buffer.concat([first, Uint8Array.of(0)])]],
    ["joined", (first, second) => [Buffer.concat([first, second])]],
    ["invented", () => [new Uint8Array(100)]],
    ["larger than a frame", () => [new Uint8Array(MAX_FRAME_BYTES + 1)]],
  ];
  for (const [what, attack] of attacks)
    it(`refuses a record ${what}, and opens nothing afterwards`, () => {
      const [alice, bob] = channelPair();
      const [first, second] = [record(frameOf(alice, TEXT)), record(frameOf(alice, TEXT))];
      const delivered = attack(first, second);
      const bad = delivered.length === 2 && delivered[0] === first ? 1 : 0;
      for (const good of delivered.slice(0, bad)) bob.open(good);
      assert.throws(() => bob.open(delivered[bad] ?? first), badRecord);
      for (const again of [first, second]) assert.throws(() => bob.open(again), wrongState);
      // The other direction still works, so that the sender can be notified.
      assert.deepEqual(Buffer.from(alice.open(record(frameOf(bob, TEXT)))), TEXT);
    });

  it("refuses a record with any single bit of any byte flipped", () => {
    const length = TEXT.length + 16;
    for (let at = 0; at < length; at += 1) {
      const [alice, bob] = channelPair();
      const sealed = record(frameOf(alice, TEXT));
      sealed[at] = (sealed[at] ?? 0) ^ (1 << (at % 8));
      assert.throws(() => bob.open(sealed), badRecord, `byte ${at}`);
    }
  });

  it("refuses its own records when they are reflected", () => {
    const [alice] = channelPair();
    const sealed = record(frameOf(alice, TEXT));
    assert.throws(() => alice.open(sealed), badRecord);
  });

  it("refuses records of another connection", () => {
    const [alice] = channelPair();
    const [, bob] = channelPair();
    assert.throws(() => bob.open(record(frameOf(alice, TEXT))), badRecord);
  });

  it("seals the largest plaintext, refuses one byte more, and stays usable", () => {
    const [alice, bob] = channelPair();
    const sealed = frameOf(alice, new Uint8Array(MAX_RECORD_PLAINTEXT_BYTES));
    assert.equal(sealed.length, 4 + MAX_FRAME_BYTES);
    assert.equal(bob.open(record(sealed)).length, MAX_RECORD_PLAINTEXT_BYTES);
    assert.throws(() => frameOf(alice, new Uint8Array(MAX_RECORD_PLAINTEXT_BYTES + 1)), {
      code: "too-large",
    });
    assert.deepEqual(Buffer.from(bob.open(record(frameOf(alice, TEXT)))), TEXT);
  });

  it("rekeys each direction on both ends after RECORDS_PER_KEY records of that direction", () => {
    const rekeys = { up: 0, down: 0 };
    const [alice, bob] = channelPair((direction) => {
      rekeys[direction] += 1;
    });
    for (let count = 1; count < RECORDS_PER_KEY; count += 1) bob.open(record(frameOf(alice, TEXT)));
    assert.deepEqual(rekeys, { up: 0, down: 0 });
    for (let count = 0; count < 3; count += 1) bob.open(record(frameOf(alice, TEXT)));
    assert.deepEqual(Buffer.from(alice.open(record(frameOf(bob, TEXT)))), TEXT);
    assert.deepEqual(rekeys, { up: 2, down: 0 }, "once where it is sealed, once where it is opened");
  }).timeout(180_000);

  it("shows no key when printed or serialised", () => {
    const [alice] = channelPair();
    frameOf(alice, TEXT);
    assert.equal(JSON.stringify({ alice }), '{"alice":{}}');
    assert.equal(inspect(alice, { depth: null, showHidden: true }), "Channel {}");
    assert.ok(alice instanceof Channel);
  });
});

function record(frame: Uint8Array): Uint8Array {
  return frame.subarray(4);
}
function badRecord(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "bad-record";
}
function wrongState(error: unknown): boolean {
  return error instanceof UsageError && error.code === "wrong-state";
}
