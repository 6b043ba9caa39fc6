import assert from "node:assert/strict";
import { mock } from "node:test";
import fc from "fast-check";
import { ProtocolError } from "../errors.ts";
import { FrameReader, frame } from "./frame.ts";

const MAX = 1000;
const NOTHING = new Uint8Array(0);

describe("FrameReader", () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 });

  it("returns the same frames however the stream is split", () => {
    fc.assert(
      fc.property(payloads, fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(frame));
        const reader = new FrameReader(MAX);
        const got: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = (cuts[turn % cuts.length] ?? 0) + (turn % 2); // some chunks are empty
          got.push(...reader.push(stream.subarray(at, at + size)));
          at += size;
        }
        assert.deepEqual(got, sent);
      }),
    );
  });

  it("reads a stream that arrives one byte at a time", () => {
    const sent = [NOTHING, Uint8Array.of(1), new Uint8Array(300).fill(2)];
    const reader = new FrameReader(MAX);
    const got = [...Buffer.concat(sent.map(frame))].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    assert.deepEqual(got, sent);
  });

  it("keeps the bytes after the requested frames, split anywhere", () => {
    fc.assert(
      fc.property(payloads, fc.nat(), (sent, cut) => {
        const stream = Buffer.concat(sent.map(frame));
        const reader = new FrameReader(MAX);
        const at = cut % (stream.length + 1);
        const got = [...reader.push(stream.subarray(0, at), 1), ...reader.push(stream.subarray(at), 1)];
        assert.ok(got.length <= 2);
        got.push(...reader.push(NOTHING));
        assert.deepEqual(got, sent);
      }),
    );
  });

  it("returns the same frames however many are requested at a time", () => {
    fc.assert(
      fc.property(
        payloads,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 3 }),
        (sent, size, most) => {
          const stream = Buffer.concat(sent.map(frame));
          const reader = new FrameReader(MAX);
          const got: Uint8Array[] = [];
          for (let at = 0; at < stream.length; at += size)
            got.push(...reader.push(stream.subarray(at, at + size), most));
          got.push(...reader.push(NOTHING));
          assert.deepEqual(got, sent);
          assert.equal(reader.heldBytes, 0);
        },
      ),
    );
  });

  it("copies a chunk at most once, however many frames it has and however few are requested", () => {
    const chunk = Buffer.concat(Array.from({ length: 2000 }, () => frame(new Uint8Array(29))));
    const copied = mock.method(Buffer, "concat");
    const reader = new FrameReader(MAX);
    let bytes: Uint8Array = chunk;
    try {
      for (let frames = 0; frames < 2000; frames++) {
        const [one] = reader.push(bytes, 1);
        assert.equal(one?.buffer, chunk.buffer, "a view");
        bytes = NOTHING;
      }
      assert.equal(copied.mock.callCount(), 0);
    } finally {
      copied.mock.restore();
    }
  });

  it("allocates for the bytes received, not for the announced length", () => {
    const reader = new FrameReader(256 * 1024);
    const stream = frame(new Uint8Array(256 * 1024));
    reader.push(stream.subarray(0, 10));
    assert.ok(reader.heldBytes <= 2048, String(reader.heldBytes));
    reader.push(stream.subarray(10, 50_000));
    assert.ok(reader.heldBytes <= 100_000, String(reader.heldBytes));
    assert.equal(reader.push(stream.subarray(50_000))[0]?.length, 256 * 1024);
    assert.equal(reader.heldBytes, 0);
  });

  it("checks a length against the bound at the time it is read", () => {
    const reader = new FrameReader(10);
    const stream = Buffer.concat([frame(new Uint8Array(10)), frame(new Uint8Array(500))]);
    assert.equal(reader.push(stream, 1).length, 1);
    reader.maxBytes = 500;
    assert.equal(reader.push(NOTHING)[0]?.length, 500);
  });

  it("accepts a frame of exactly the bound and refuses one byte more", () => {
    assert.equal(new FrameReader(MAX).push(frame(new Uint8Array(MAX)))[0]?.length, MAX);
    assert.throws(() => new FrameReader(MAX).push(frame(new Uint8Array(MAX + 1))), tooLarge);
  });

  it("refuses a length above the bound at its fourth byte, before allocating", () => {
    const reader = new FrameReader(MAX);
    const before = process.memoryUsage().arrayBuffers;
    for (const byte of [0xff, 0xff, 0xff]) assert.deepEqual(reader.push(Uint8Array.of(byte)), []);
    assert.throws(() => reader.push(Uint8Array.of(0xff)), tooLarge);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
    assert.throws(() => reader.push(frame(NOTHING)), tooLarge, "and stays refused");
  });

  it("returns the frames before a bad length, and throws at the next call", () => {
    const reader = new FrameReader(MAX);
    const good = Uint8Array.of(1, 2, 3);
    assert.deepEqual(reader.push(Buffer.concat([frame(good), Buffer.alloc(4, 0xff)])), [good]);
    assert.throws(() => reader.push(NOTHING), tooLarge);
  });

  it("does not copy a frame that arrived in one piece", () => {
    const chunk = frame(Uint8Array.of(1, 2, 3));
    const [payload] = new FrameReader(MAX).push(chunk);
    assert.equal(payload?.buffer, chunk.buffer);
    assert.deepEqual(payload, Uint8Array.of(1, 2, 3));
  });
});

function tooLarge(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "frame-too-large";
}
