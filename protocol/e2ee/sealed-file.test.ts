import assert from "node:assert/strict";
import { createHash, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import fc from "fast-check";
import { TrustError } from "../errors.ts";
import { CHUNK_BYTES, sealChunks } from "./sealed-chunks.ts";
import { type FileFacts, openFile, sealedFileBytes, sealFile } from "./sealed-file.ts";

const SEALED_CHUNK = CHUNK_BYTES + 16;
const newKey = () => createSecretKey(randomBytes(32));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
async function seal(key: KeyObject, plaintext: Uint8Array, size = 10_000) {
  const all: Uint8Array[] = [];
  const facts = await sealFile(key, pieces(plaintext, size), async (sealed) => void all.push(sealed));
  return { facts, sealed: Buffer.concat(all) };
}
async function open(key: KeyObject, facts: FileFacts, sealed: Uint8Array, size = 50_000): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of openFile(key, facts, pieces(sealed, size))) all.push(piece);
  return Buffer.concat(all);
}
const refuses = (opened: Promise<unknown>) =>
  assert.rejects(opened, (error) => error instanceof TrustError && error.code === "undecryptable");
const sizes = fc.oneof(fc.nat({ max: 10_000 }), fc.nat({ max: 5 * CHUNK_BYTES }));

describe("a sealed file", () => {
  it("opens unchanged, whatever its size and in whatever pieces it arrives", () =>
    fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 100, max: 200_000 }), async (bytes, size) => {
        const [key, plaintext] = [newKey(), randomBytes(bytes)];
        const { facts, sealed } = await seal(key, plaintext, size);
        assert.deepEqual(facts, { bytes, sha256: createHash("sha256").update(plaintext).digest() });
        assert.equal(sealed.length, sealedFileBytes(bytes));
        assert.ok((await open(key, facts, sealed, size)).equals(plaintext));
      }),
      { numRuns: 40 },
    ));

  it("has one of few sizes, at most 12 % above the minimum, and never a smaller one for a larger file", () =>
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (bytes) => {
        const sealed = sealedFileBytes(bytes);
        const least = bytes + 16 * Math.ceil(bytes / CHUNK_BYTES);
        assert.ok(sealed >= least && sealed <= Math.max(4112, least * 1.121), `${bytes}: ${sealed}`);
        assert.ok(sealedFileBytes(bytes + 1) >= sealed);
        assert.equal(sealedFileBytes(Math.floor(bytes / 2) + 1) <= sealedFileBytes(bytes + 1), true);
      }),
    ));

  it("has one of fewer than 400 sizes, whatever its length up to 128 MiB", () => {
    const all = new Set<number>();
    for (let bytes = 0; bytes < 128 * 1024 * 1024; bytes += 1009) all.add(sealedFileBytes(bytes));
    assert.ok(all.size < 400, String(all.size));
  });

  it("is refused where a bit was changed, anywhere", () =>
    fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat({ max: 7 }), async (bytes, where, bit) => {
        const key = newKey();
        const { facts, sealed } = await seal(key, randomBytes(bytes));
        const at = where % sealed.length;
        sealed.writeUInt8(sealed.readUInt8(at) ^ (1 << bit), at);
        await refuses(open(key, facts, sealed));
      }),
      { numRuns: 60 },
    ));

  it("is refused where it was cut, or has bytes behind it", () =>
    fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (bytes, where) => {
        const key = newKey();
        const { facts, sealed } = await seal(key, randomBytes(bytes));
        await refuses(open(key, facts, sealed.subarray(0, where % sealed.length)));
        await refuses(open(key, facts, Buffer.concat([sealed, randomBytes(1 + (where % 100))])));
      }),
      { numRuns: 40 },
    ));

  it("is refused where chunks were reordered, left out, repeated, or taken from another file", async () => {
    const key = newKey();
    const [one, other] = [
      await seal(key, randomBytes(4 * CHUNK_BYTES)),
      await seal(newKey(), randomBytes(4 * CHUNK_BYTES)),
    ];
    const chunk = ({ sealed }: typeof one, at: number) =>
      sealed.subarray(at * SEALED_CHUNK, (at + 1) * SEALED_CHUNK);
    for (const order of [[1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3], [0, 0, 1, 2, 3], [3, 2, 1, 0], []])
      await refuses(open(key, one.facts, Buffer.concat(order.map((at) => chunk(one, at)))));
    await refuses(
      open(key, one.facts, Buffer.concat([chunk(one, 0), chunk(other, 1), chunk(one, 2), chunk(one, 3)])),
    );
    await refuses(open(key, one.facts, other.sealed));
  });

  it("is refused where it is another file than the message names, sealed under the same key", async () => {
    const key = newKey();
    const plaintext = randomBytes(100_000);
    const { facts, sealed } = await seal(key, plaintext);
    const another = await seal(key, randomBytes(100_000));
    await refuses(open(key, facts, another.sealed));
    // Another size within the same padded size, in both directions, and another hash.
    assert.equal(sealedFileBytes(99_990), sealed.length);
    for (const bytes of [99_990, 100_010, 0, 200_000]) await refuses(open(key, { ...facts, bytes }, sealed));
    await refuses(open(key, { ...facts, sha256: randomBytes(32) }, sealed));
    await refuses(open(key, { ...facts, sha256: new Uint8Array(0) }, sealed));
    await refuses(open(newKey(), facts, sealed));
  });

  it("is refused where its padding is not zero", async () => {
    const key = newKey();
    const plaintext = Buffer.concat([randomBytes(100), Buffer.alloc(3996)]);
    const facts = { bytes: 50, sha256: createHash("sha256").update(plaintext.subarray(0, 50)).digest() };
    const all: Uint8Array[] = [];
    for await (const chunk of sealChunks(key, pieces(plaintext, 4096))) all.push(chunk);
    await refuses(open(key, facts, Buffer.concat(all)));
  });

  it("is refused where its padding is shorter or longer than its size requires", async () => {
    const [key, content] = [newKey(), randomBytes(50)];
    const facts = { bytes: 50, sha256: createHash("sha256").update(content).digest() };
    for (const padded of [50, 4095, 4097, 2 * CHUNK_BYTES]) {
      const plaintext = Buffer.concat([content, Buffer.alloc(padded - 50)]);
      const all: Uint8Array[] = [];
      for await (const chunk of sealChunks(key, pieces(plaintext, padded))) all.push(chunk);
      await refuses(open(key, facts, Buffer.concat(all)));
    }
  });

  it("opens chunk by chunk, and returns no byte of a chunk that was changed", async () => {
    const key = newKey();
    const { facts, sealed } = await seal(key, randomBytes(4 * CHUNK_BYTES));
    sealed.writeUInt8(sealed.readUInt8(2 * SEALED_CHUNK) ^ 1, 2 * SEALED_CHUNK);
    let came = 0;
    await refuses(
      (async () => {
        for await (const piece of openFile(key, facts, pieces(sealed, SEALED_CHUNK))) came += piece.length;
      })(),
    );
    assert.equal(came, 2 * CHUNK_BYTES);
  });
});
