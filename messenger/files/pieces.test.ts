import assert from "node:assert/strict";
import { mock } from "node:test";
import { PIECE_IDLE_MS, Pieces } from "./pieces.ts";

describe("a file in pieces", () => {
  const BYTES = 10;

  async function read(pieces: Pieces): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  }

  it("is read in order, and a piece is kept only until it was taken", async () => {
    const pieces = new Pieces(BYTES);
    const whole = read(pieces);
    await pieces.add(0, Buffer.from("01234"));
    await pieces.add(5, Buffer.from("56789"));
    assert.equal((await whole).toString(), "0123456789");
  });

  it("has no bytes where it is empty", async () => assert.equal((await read(new Pieces(0))).length, 0));

  it("refuses every piece but the next one, and goes on after it", async () => {
    const pieces = new Pieces(BYTES);
    const whole = read(pieces);
    await pieces.add(0, Buffer.alloc(4));
    for (const [offset, length] of [
      [0, 4],
      [5, 1],
      [4, 7],
      [4, 0],
    ] as const)
      await assert.rejects(pieces.add(offset, Buffer.alloc(length)), { code: "bad-argument" });
    await pieces.add(4, Buffer.alloc(6));
    assert.equal((await whole).length, BYTES);
  });

  it("refuses a second piece while the first waits, so that no more than one is in memory", async () => {
    const pieces = new Pieces(BYTES);
    const first = pieces.add(0, Buffer.alloc(5));
    await assert.rejects(pieces.add(5, Buffer.alloc(5)), { code: "bad-argument" });
    pieces.stop();
    await first;
  });

  it("is never read as complete when it is stopped", async () => {
    const pieces = new Pieces(BYTES);
    const whole = assert.rejects(read(pieces), { code: "cancelled" });
    await pieces.add(0, Buffer.alloc(5));
    pieces.stop();
    await whole;
    assert.ok(pieces.stopped);
    await assert.rejects(pieces.add(5, Buffer.alloc(5)), { code: "bad-argument" });
  });

  it("is given up when its page sends nothing more", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const pieces = new Pieces(BYTES);
      const whole = assert.rejects(read(pieces), { code: "cancelled" });
      await pieces.add(0, Buffer.alloc(5));
      mock.timers.tick(PIECE_IDLE_MS - 1);
      assert.ok(!pieces.stopped);
      mock.timers.tick(1);
      await whole;
    } finally {
      mock.timers.reset();
    }
  });
});
