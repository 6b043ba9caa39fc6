import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { NetworkError, ProtocolError, RefusedError, UsageError } from "../errors.ts";
import { BLOB_PARTS_UNDER_WAY, MAX_BLOB_PART_BYTES } from "../limits.ts";
import { type BlobId, newBlobId } from "../names.ts";
import { downloadBlob, uploadBlob } from "./blobs.ts";

const UNTIL = new Date(2_000_000_000_000);
const id = newBlobId();

/** A server's blobs behind a client's calls, executed one after the other in order, as over a line. */
class Server {
  readonly blobs = new Map<BlobId, { readonly bytes: number; content: Buffer }>();
  underWay = 0;
  most = 0;
  /** Called with each part; throws to refuse it. */
  onPart = (_offset: number) => {};
  readonly #delay: () => Promise<unknown>;
  #line: Promise<unknown> = Promise.resolve();

  constructor(delay: () => Promise<unknown> = () => Promise.resolve()) {
    this.#delay = delay;
  }

  #answer<T>(work: () => T): Promise<T> {
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    const answered = this.#line.then(this.#delay).then(work);
    this.#line = answered.catch(() => {});
    return answered.finally(() => {
      this.underWay -= 1;
    });
  }

  openBlob(blob: BlobId, bytes: number) {
    return this.#answer(() => {
      const known = this.blobs.get(blob) ?? { bytes, content: Buffer.alloc(0) };
      this.blobs.set(blob, known);
      return { offset: known.content.length, availableUntil: UNTIL };
    });
  }

  putBlob(blob: BlobId, offset: number, part: Uint8Array) {
    return this.#answer(() => {
      this.onPart(offset);
      const known = this.blobs.get(blob);
      if (known === undefined) throw new RefusedError("blob-gone", "none");
      if (known.content.length !== offset) throw new RefusedError("blob-offset", "elsewhere");
      known.content = Buffer.concat([known.content, part]);
    });
  }

  getBlob(blob: BlobId, offset: number) {
    return this.#answer(() => {
      this.onPart(offset);
      const known = this.blobs.get(blob);
      if (known === undefined) throw new RefusedError("blob-gone", "none");
      return known.content.subarray(offset, offset + MAX_BLOB_PART_BYTES);
    });
  }
}

const sourceOf = (content: Uint8Array) => ({
  bytes: content.length,
  read: async (offset: number, length: number) => content.subarray(offset, offset + length),
});
async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
const content = randomBytes(5 * MAX_BLOB_PART_BYTES + 1234);

describe("an upload", () => {
  it("sends all of it, with at most two parts in flight, and reports its progress", async () => {
    const server = new Server(() => pause(1));
    const progress: number[] = [];
    const until = await uploadBlob(server, id, sourceOf(content), {
      onProgress: (done) => progress.push(done),
    });
    assert.equal(until, UNTIL);
    assert.ok(server.blobs.get(id)?.content.equals(content));
    assert.equal(server.most, BLOB_PARTS_UNDER_WAY);
    assert.deepEqual(
      progress,
      [...new Set(progress)].toSorted((one, other) => one - other).concat(content.length),
    );
  });

  it("resumes where it stopped, wherever that was and however it stopped", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 7 }), { maxLength: 5 }), async (stops) => {
        const server = new Server();
        let parts = 0;
        for (const stop of stops) {
          parts = 0;
          server.onPart = () => {
            if (parts++ >= stop) throw new NetworkError("cut", "the line went");
          };
          await uploadBlob(server, id, sourceOf(content)).catch((error: unknown) =>
            assert.ok(error instanceof NetworkError),
          );
        }
        server.onPart = () => {};
        await uploadBlob(server, id, sourceOf(content));
        assert.ok(server.blobs.get(id)?.content.equals(content));
      }),
      { numRuns: 30 },
    ));

  it("waits as long as the server asks for, and sends no part twice into the blob", async () => {
    const server = new Server();
    let refusals = 3;
    server.onPart = (offset) => {
      if (offset > 0 && refusals-- > 0) throw new RefusedError("rate-limited", "slowly", 120);
    };
    const began = performance.now();
    await uploadBlob(server, id, sourceOf(content));
    assert.ok(performance.now() - began >= 115);
    assert.ok(server.blobs.get(id)?.content.equals(content));
  });

  for (const code of ["too-many", "blobs-full", "blob-gone", "not-allowed"] as const)
    it(`ends with the server's refusal: ${code}`, async () => {
      const server = new Server();
      server.onPart = (offset) => {
        if (offset > 0) throw new RefusedError(code, "no");
      };
      await assert.rejects(uploadBlob(server, id, sourceOf(content)), { code });
      assert.equal(server.underWay, 0);
    });

  it("ends with an error of the line, and of the disk that it reads from", async () => {
    const server = new Server();
    server.onPart = () => {
      throw new ProtocolError("bad-message", "nonsense");
    };
    await assert.rejects(uploadBlob(server, id, sourceOf(content)), { code: "bad-message" });
    const broken = { bytes: 10, read: () => Promise.reject(new Error("the disk")) };
    await assert.rejects(uploadBlob(new Server(), id, broken), /the disk/);
    const short = { bytes: content.length, read: async () => content.subarray(0, 5) };
    await assert.rejects(uploadBlob(new Server(), id, short), { code: "bad-argument" });
  });

  it("gives up on a server that makes no progress", async function () {
    this.timeout(10_000);
    const server = new Server();
    server.onPart = () => {
      throw new RefusedError("blob-offset", "elsewhere");
    };
    await assert.rejects(uploadBlob(server, id, sourceOf(content)), { code: "timeout" });
  });

  it("is cancelled at any part, also while it waits", async () => {
    for (const at of [0, MAX_BLOB_PART_BYTES]) {
      const stop = new AbortController();
      const server = new Server();
      server.onPart = (offset) => {
        if (offset === at) stop.abort();
      };
      await assert.rejects(uploadBlob(server, id, sourceOf(content), { signal: stop.signal }), isCancelled);
    }
    const stop = new AbortController();
    const server = new Server();
    server.onPart = () => {
      setImmediate(() => stop.abort());
      throw new RefusedError("rate-limited", "slowly", 60_000);
    };
    await assert.rejects(uploadBlob(server, id, sourceOf(content), { signal: stop.signal }), isCancelled);
  });
});

const isCancelled = (error: unknown) => error instanceof UsageError && error.code === "cancelled";

describe("a download", () => {
  let server: Server;
  beforeEach(() => {
    server = new Server(() => pause(1));
    server.blobs.set(id, { bytes: content.length, content });
  });

  it("fetches all, with at most two parts in flight, from any part on", async () => {
    assert.ok((await all(downloadBlob(server, id, content.length))).equals(content));
    assert.equal(server.most, BLOB_PARTS_UNDER_WAY);
    const from = 2 * MAX_BLOB_PART_BYTES;
    assert.ok((await all(downloadBlob(server, id, content.length, { from }))).equals(content.subarray(from)));
    assert.equal((await all(downloadBlob(server, id, content.length, { from: content.length }))).length, 0);
  });

  it("requests at most two parts ahead of its reader", async () => {
    let asked = 0;
    server.onPart = () => {
      asked += 1;
    };
    const parts = downloadBlob(server, id, content.length);
    // The first part alone shows how fast the line is.
    for (const taken of [1, 2]) {
      await parts.next();
      await pause(20);
      assert.equal(asked, taken === 1 ? 1 : 1 + BLOB_PARTS_UNDER_WAY);
    }
    await parts.return(undefined);
  });

  it("asks for one part at a time on a slow line, so that a message waits for one at most", async () => {
    const slow = new Server(() => pause(60));
    slow.blobs.set(id, { bytes: content.length, content });
    assert.ok((await all(downloadBlob(slow, id, content.length))).equals(content));
    assert.equal(slow.most, 1);
    await uploadBlob(slow, newBlobId(), sourceOf(content));
    assert.equal(slow.most, 1);
  });

  it("waits as long as the server asks for, and keeps the order", async () => {
    let refusals = 3;
    server.onPart = (offset) => {
      if (offset > 0 && refusals-- > 0) throw new RefusedError("rate-limited", "slowly", 5);
    };
    assert.ok((await all(downloadBlob(server, id, content.length))).equals(content));
  });

  it("ends with the server's refusal, and with the line", async () => {
    for (const error of [new RefusedError("blob-gone", "none"), new NetworkError("cut", "the line")]) {
      server.onPart = (offset) => {
        if (offset > 0) throw error;
      };
      await assert.rejects(all(downloadBlob(server, id, content.length)), error);
    }
  });

  it("is cancelled", async () => {
    const stop = new AbortController();
    server.onPart = () => stop.abort();
    await assert.rejects(all(downloadBlob(server, id, content.length, { signal: stop.signal })), isCancelled);
  });
});
