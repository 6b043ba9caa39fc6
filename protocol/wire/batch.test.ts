import assert from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError } from "../errors.ts";
import { decodeBatch, ENVELOPE_BYTES, type Envelope, encodeBatch, inBatches } from "./batch.ts";
import { Opcode } from "./parley_pb.ts";

const envelope: fc.Arbitrary<Envelope> = fc.record({
  opcode: fc.constantFrom(...Object.values(Opcode)),
  id: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  body: fc.uint8Array({ maxLength: 100 }),
});
const batch = fc.array(envelope, { minLength: 1, maxLength: 10 });

describe("batch", () => {
  it("decodes to the envelopes that were encoded", () => {
    fc.assert(
      fc.property(batch, (sent) => assert.deepEqual(plain([...decodeBatch(encodeBatch(sent))]), plain(sent))),
    );
  });

  it("has the layout of the protocol", () => {
    const bytes = encodeBatch([{ opcode: Opcode.MESSAGE, id: 0x01020304, body: Uint8Array.of(0xaa, 0xbb) }]);
    assert.equal(Buffer.from(bytes).toString("hex"), "05" + "01020304" + "00000002" + "aabb");
  });

  it("is refused when cut anywhere but between envelopes, or empty", () => {
    fc.assert(
      fc.property(batch, (sent) => {
        const bytes = encodeBatch(sent);
        const ends = new Set<number>();
        for (let at = 0, index = 0; index < sent.length; index += 1) {
          at += ENVELOPE_BYTES + (sent[index]?.body.length ?? 0);
          ends.add(at);
        }
        for (let length = 0; length < bytes.length; length += 1)
          if (!ends.has(length)) assert.throws(() => decodeBatch(bytes.subarray(0, length)), badMessage);
      }),
    );
  });

  it("is refused with bytes left over", () => {
    const bytes = encodeBatch([{ opcode: Opcode.PING, id: 1, body: new Uint8Array(0) }]);
    assert.throws(() => decodeBatch(Buffer.concat([bytes, Uint8Array.of(0)])), badMessage);
  });

  it("is refused with an unknown opcode", () => {
    const bytes = encodeBatch([{ opcode: Opcode.PING, id: 1, body: new Uint8Array(0) }]);
    for (const opcode of [Math.max(...Object.values(Opcode)) + 1, 255]) {
      bytes[0] = opcode;
      assert.throws(() => decodeBatch(bytes), badMessage);
    }
  });

  it("decodes any bytes to envelopes or bad-message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          assert.deepEqual(Buffer.from(encodeBatch([...decodeBatch(bytes)])), Buffer.from(bytes));
        } catch (error) {
          assert.ok(badMessage(error), String(error));
        }
      }),
    );
  });

  it("is split into as few batches as possible, in order", () => {
    fc.assert(
      fc.property(fc.array(envelope, { maxLength: 20 }), fc.integer({ min: 109, max: 400 }), (sent, max) => {
        const batches = inBatches(sent, max);
        assert.deepEqual(batches.flat(), sent);
        const sizes = batches.map((part) => encodeBatch(part).length);
        assert.ok(sizes.every((size) => size <= max));
        // Filling each batch is optimal for a fixed order: no batch had room for the first envelope of the
        // next.
        batches.slice(1).forEach(([first], index) => {
          assert.ok((sizes[index] ?? 0) + ENVELOPE_BYTES + (first?.body.length ?? 0) > max);
        });
      }),
    );
  });
});

/**
 * Converts views to plain values, so that deepEqual compares the bytes they show, not the buffer behind them.
 */
function plain(envelopes: readonly Envelope[]): unknown {
  return envelopes.map(({ opcode, id, body }) => ({ opcode, id, body: Buffer.from(body).toString("hex") }));
}
function badMessage(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "bad-message";
}
