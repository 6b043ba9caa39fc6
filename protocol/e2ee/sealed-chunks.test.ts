import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { UsageError } from "../errors.ts";
import { CHUNK_BYTES, openChunks, sealChunks } from "./sealed-chunks.ts";

const key = createSecretKey(randomBytes(32));
const SEALED = CHUNK_BYTES + 16;

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of source) all.push(piece);
  return Buffer.concat(all);
}
const sealed = (plaintext: Uint8Array, size = 1 << 20) => whole(sealChunks(key, pieces(plaintext, size)));
const opened = (bytes: Uint8Array, size = 1 << 20) => whole(openChunks(key, pieces(bytes, size), damaged));
const damaged = (cause?: unknown) => new UsageError("backup-damaged", "so", { cause });

async function isDamaged(bytes: Uint8Array): Promise<void> {
  await assert.rejects(
    opened(bytes),
    (error) => error instanceof UsageError && error.code === "backup-damaged",
  );
}

describe("sealed chunks", () => {
  for (const length of [
    0,
    1,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    3 * CHUNK_BYTES,
    3 * CHUNK_BYTES + 7,
  ])
    it(`opens ${length} bytes, split in any way`, async () => {
      const plaintext = randomBytes(length);
      const bytes = await sealed(plaintext);
      assert.equal(bytes.length, length + 16 * Math.max(1, Math.ceil(length / CHUNK_BYTES)));
      for (const size of [1021, CHUNK_BYTES, SEALED, 1 << 20]) {
        assert.deepEqual(await sealed(plaintext, size), bytes);
        assert.deepEqual(await opened(bytes, size), plaintext);
      }
    });

  it("opens one byte at a time", async () => {
    const plaintext = randomBytes(300);
    assert.deepEqual(await opened(await sealed(plaintext, 1), 1), plaintext);
  });

  it("refuses every cut of a short file, and cuts around the chunks of a long one", async () => {
    const short = await sealed(randomBytes(100));
    for (let length = 0; length < short.length; length++) await isDamaged(short.subarray(0, length));
    const long = await sealed(randomBytes(2 * CHUNK_BYTES + 100));
    for (const edge of [0, SEALED, 2 * SEALED])
      for (const length of [edge - 1, edge, edge + 1, edge + 15, edge + 16, edge + 17])
        if (length >= 0) await isDamaged(long.subarray(0, length));
  });

  it("refuses chunks that were moved, left out, repeated or added", async () => {
    const bytes = await sealed(randomBytes(3 * CHUNK_BYTES));
    const [one, two, three] = [0, 1, 2].map((n) => bytes.subarray(n * SEALED, (n + 1) * SEALED));
    assert.ok(one && two && three);
    for (const order of [
      [two, one, three],
      [one, three],
      [two, three],
      [one, one, two, three],
      [one, two, three, three],
      [one, two, three, Buffer.alloc(16)],
      [one, two, three, Buffer.alloc(1)],
      [three, two, one],
    ])
      await isDamaged(Buffer.concat(order));
  });

  it("refuses any flipped bit", () =>
    fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 * SEALED - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        const bytes = Buffer.from(flippable);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        await isDamaged(bytes);
      }),
      { numRuns: 60 },
    ));
  let flippable: Buffer;
  before(async () => {
    flippable = await sealed(randomBytes(2 * CHUNK_BYTES));
  });

  it("refuses another key, and an empty chunk at the end", async () => {
    const other = whole(sealChunks(createSecretKey(randomBytes(32)), pieces(randomBytes(10), 10)));
    await isDamaged(await other);
    await isDamaged(Buffer.alloc(0));
  });
});
