import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { closeSync, cpSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { cp, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { MAX_BLOB_PART_BYTES } from "../../protocol/limits.ts";
import { type Username, username } from "../../protocol/names.ts";
import { allAtOnce } from "../gateway/pieces.ts";
import { BLOB_MARK_BYTES, DEFAULT_LIMITS, LEAST_COUNTED_BYTES } from "../limits.ts";
import { DAY_MS } from "../operations/duration.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { TemporaryStore } from "../store/store-fixture.ts";
import { BlobFiles } from "./blob-files.ts";
import { type BlobName, blobName, parseBlobName } from "./blob-name.ts";
import { type BlobLimits, BlobStore } from "./blob-store.ts";

const MIB = 1024 * 1024;
const NOW = 1_700_000_000_000;
const [alice, bob] = [username("alice"), username("bob")];

function newName(): BlobName {
  const name = blobName(randomBytes(32));
  assert.ok(name);
  return name;
}
const refused = (code: string) => (error: unknown) =>
  error instanceof Error && error.name === "Refusal" && error.message.includes(code);

describe("a blob store", () => {
  let files: TemporaryStore;
  let store: Store;
  let blobs: BlobStore;
  let now: number;

  function start(limits: Partial<BlobLimits> = {}, disk?: Parameters<TemporaryStore["openBlobFiles"]>[0]) {
    store = files.open();
    blobs = new BlobStore(store, files.openBlobFiles(disk), { ...DEFAULT_LIMITS, ...limits }, () => now);
  }
  beforeEach(() => {
    files = new TemporaryStore();
    now = NOW;
    start();
  });
  afterEach(() => files.remove());

  async function put(owner: Username, name: BlobName, content: Uint8Array, from = 0): Promise<void> {
    for (let at = from; at < content.length; at += MAX_BLOB_PART_BYTES)
      await blobs.put(owner, name, at, content.subarray(at, at + MAX_BLOB_PART_BYTES));
  }
  async function keep(owner: Username, bytes: number): Promise<{ name: BlobName; content: Uint8Array }> {
    const [name, content] = [newName(), randomBytes(bytes)];
    assert.equal((await blobs.open(owner, name, bytes)).offset, 0);
    await put(owner, name, content);
    return { name, content };
  }
  async function read(name: BlobName): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let at = 0; ; ) {
      const { bytes } = await blobs.get(name, at);
      if (bytes.length === 0) return Buffer.concat(parts);
      parts.push(bytes);
      at += bytes.length;
    }
  }
  const filesThere = () => readdirSync(files.blobFolder);
  const sweep = () => blobs.sweep(() => true);

  it("returns the bytes that were put, for any size around a part's", async () => {
    for (const bytes of [1, 65_551, 65_552, 65_553, 3 * 65_552, 200_000]) {
      const { name, content } = await keep(alice, bytes);
      assert.ok((await read(name)).equals(content));
    }
  });

  it("keeps files under the hash of their id, private to their owner", async () => {
    const id = randomBytes(32);
    const name = blobName(id);
    assert.ok(name);
    await blobs.open(alice, name, 3);
    await put(alice, name, Buffer.from("abc"));
    assert.deepEqual(filesThere(), [name]);
    const everything = Buffer.concat([readFileSync(files.path), readFileSync(`${files.path}-wal`)]);
    assert.ok(!everything.includes(id) && everything.includes(Buffer.from(name, "hex")));
  });

  it("reports where an upload stopped, and returns an unfinished blob to nobody", async () => {
    const [name, content] = [newName(), randomBytes(200_000)];
    await blobs.open(alice, name, content.length);
    await put(alice, name, content.subarray(0, 150_000));
    assert.equal((await blobs.open(alice, name, content.length)).offset, 150_000);
    await assert.rejects(blobs.get(name, 0), refused("no such blob"));
    await put(alice, name, content, 150_000);
    assert.deepEqual(await blobs.open(alice, name, content.length), {
      offset: content.length,
      until: NOW + 30 * DAY_MS,
    });
    assert.ok((await read(name)).equals(content));
  });

  it("takes parts only where the blob ends, and none once it is complete", async () => {
    const { name } = await keep(alice, 100);
    await assert.rejects(blobs.put(alice, name, 0, Buffer.alloc(100)), refused("does not end there"));
    const other = newName();
    await blobs.open(alice, other, 100);
    await put(alice, other, Buffer.alloc(10));
    for (const offset of [0, 9, 11])
      await assert.rejects(blobs.put(alice, other, offset, Buffer.alloc(5)), refused("does not end there"));
    await assert.rejects(blobs.put(alice, other, 10, Buffer.alloc(91)), { code: "bad-message" });
  });

  it("is its owner's alone to write and to drop", async () => {
    const { name } = await keep(alice, 100);
    const open = newName();
    await blobs.open(alice, open, 100);
    await assert.rejects(blobs.open(bob, open, 100), refused("another member's"));
    await assert.rejects(blobs.put(bob, open, 0, Buffer.alloc(5)), refused("no such blob"));
    await assert.rejects(blobs.drop(bob, name), refused("another member's"));
    assert.equal((await read(name)).length, 100);
    await blobs.drop(alice, name);
    await assert.rejects(read(name), refused("no such blob"));
    await blobs.drop(alice, name); // Again: it has been dropped already.
    await sweep();
    assert.equal(store.blobs.has(name), false);
    assert.deepEqual(filesThere(), []); // No byte of the other one arrived.
  });

  it("is not started again under the id of a dropped one, until that one is off the disk", async () => {
    const { name } = await keep(alice, 1000);
    await blobs.drop(alice, name);
    for (const person of [alice, bob])
      await assert.rejects(blobs.open(person, name, 1000), refused("no such blob"));
    assert.equal(filesThere().length, 1);
    await sweep();
    assert.equal((await blobs.open(bob, name, 1000)).offset, 0);
  });

  it("bounds one member, all together, and each blob, and gives the room back", async () => {
    start({ maxBlobBytes: MIB, blobBytesPerPerson: 3 * MIB, blobBytes: 4 * MIB });
    await assert.rejects(blobs.open(alice, newName(), MIB + 1), refused("at most"));
    const names = [newName(), newName(), newName()];
    for (const name of names) await blobs.open(alice, name, MIB);
    await assert.rejects(blobs.open(alice, newName(), 1), refused("one may keep"));
    await blobs.open(bob, newName(), MIB - LEAST_COUNTED_BYTES);
    await blobs.open(bob, newName(), 1); // Counts for LEAST_COUNTED_BYTES.
    await assert.rejects(blobs.open(bob, newName(), 1), refused("no room for more"));
    const [first] = names;
    assert.ok(first);
    await blobs.drop(alice, first);
    // It leaves alice's account at once, and the disk later.
    assert.equal(store.blobs.bytesOf(alice), 2 * MIB);
    await assert.rejects(blobs.open(bob, newName(), 1), refused("no room for more"));
    await sweep();
    await blobs.open(bob, newName(), MIB);
    start({ maxBlobBytes: 0 });
    await assert.rejects(blobs.open(alice, newName(), 1), refused("keeps no blobs"));
  });

  it("counts in the same way after a restart", async () => {
    await keep(alice, 100_000);
    await keep(bob, 10);
    const before = [store.blobs.size(), store.blobs.bytesOf(alice), store.blobs.bytesOf(bob)];
    start();
    assert.deepEqual([store.blobs.size(), store.blobs.bytesOf(alice), store.blobs.bytesOf(bob)], before);
    assert.deepEqual(before, [{ blobs: 2, bytes: 100_000 + 65_536 }, 100_000, 65_536]);
  });

  it("leaves a tenth of the disk free: for new blobs, and in the middle of one", async () => {
    const all = 100 * MIB;
    let free = 11 * MIB;
    start({}, async () => ({ free, all }));
    await assert.rejects(blobs.open(alice, newName(), MIB + 1), refused("nearly full"));
    const [name, content] = [newName(), randomBytes(BLOB_MARK_BYTES + 100_000)];
    free = 20 * MIB;
    await blobs.open(alice, name, content.length);
    free = 9 * MIB;
    await assert.rejects(put(alice, name, content), refused("nearly full"));
    const { offset } = await blobs.open(alice, name, content.length);
    assert.ok(offset < BLOB_MARK_BYTES);
    free = 20 * MIB;
    await put(alice, name, content, offset);
    assert.ok((await read(name)).equals(content));
  });

  it("gives up a member's blobs in one change, and removes them from the disk one by one", async () => {
    for (let count = 0; count < 5; count++) await keep(alice, 100);
    const { name } = await keep(bob, 100);
    store.blobs.giveUpAll(alice);
    assert.equal(store.blobs.bytesOf(alice), 0);
    assert.equal(filesThere().length, 6);
    let swept = 0;
    await blobs.sweep(() => swept++ < 2);
    assert.equal(filesThere().length, 4);
    await sweep();
    assert.deepEqual(filesThere(), [name]);
    await keep(alice, 100);
  });

  it("forgets complete blobs after their days, and unfinished ones that are not continued", async () => {
    const { name } = await keep(alice, 100);
    const [open, alive] = [newName(), newName()];
    await blobs.open(alice, open, 100);
    await put(alice, open, Buffer.alloc(50));
    await blobs.open(alice, alive, 100);
    const expire = async () => {
      allAtOnce(store.blobs.expire(now, now - 7 * DAY_MS));
      await sweep();
    };
    now += 6 * DAY_MS;
    await blobs.open(alice, alive, 100);
    now += 1 * DAY_MS + 1;
    await expire();
    assert.deepEqual(
      [name, open, alive].map((one) => store.blobs.has(one)),
      [true, false, true],
    );
    now = NOW + 30 * DAY_MS;
    await expire();
    assert.equal(store.blobs.has(name), true);
    now += 1;
    await expire();
    assert.deepEqual([store.blobs.size(), filesThere()], [{ blobs: 0, bytes: 0 }, []]);
  });

  it("gives up a blob whose file is gone or too short, at the next request for it or the next start", async () => {
    const [lost, short, fine] = [await keep(alice, 1000), await keep(alice, 1000), await keep(alice, 1000)];
    const [stray, foreign] = [newName(), "README"];
    await rm(join(files.blobFolder, lost.name));
    for (const name of [stray, foreign]) writeFileSync(join(files.blobFolder, name), "x");
    await assert.rejects(read(lost.name), refused("no such blob"));
    writeFileSync(join(files.blobFolder, short.name), "x");
    await blobs.check(() => true);
    await sweep();
    assert.deepEqual(filesThere().toSorted(), [fine.name, foreign].toSorted());
    assert.equal(store.blobs.size().blobs, 1);
  });

  it("has no bytes of an earlier file under the name of a new blob", async () => {
    const name = newName();
    writeFileSync(join(files.blobFolder, name), "left behind");
    await blobs.open(alice, name, 3);
    await put(alice, name, Buffer.from("new"));
    assert.equal((await read(name)).toString(), "new");
  });

  it("refuses parts of a client that does not wait for the disk", async () => {
    const [name, content] = [newName(), Buffer.alloc(4 * BLOB_MARK_BYTES)];
    await blobs.open(alice, name, content.length);
    const all: Promise<void>[] = [];
    for (let at = 0; at < content.length; at += MAX_BLOB_PART_BYTES)
      all.push(blobs.put(alice, name, at, content.subarray(at, at + MAX_BLOB_PART_BYTES)));
    const outcomes = await Promise.allSettled(all);
    const taken = outcomes.filter(({ status }) => status === "fulfilled").length * MAX_BLOB_PART_BYTES;
    assert.ok(taken > BLOB_MARK_BYTES && taken <= 2 * BLOB_MARK_BYTES + MAX_BLOB_PART_BYTES, String(taken));
    const { offset } = await blobs.open(alice, name, content.length);
    assert.equal(offset, taken);
  });

  it("is synced to the disk before it counts as kept: every 4 MiB, and with its last part", async () => {
    const handle = await open(files.path, "r");
    const syncs = mock.method(Object.getPrototypeOf(handle), "datasync");
    await handle.close();
    const [name, content] = [newName(), Buffer.alloc(BLOB_MARK_BYTES + 200_000)];
    const done = () => store.blobs.find(name)?.done ?? Number.NaN;
    try {
      await blobs.open(alice, name, content.length);
      await put(alice, name, content.subarray(0, BLOB_MARK_BYTES - MAX_BLOB_PART_BYTES));
      assert.deepEqual([syncs.mock.callCount(), done()], [0, 0]);
      const at = (await blobs.open(alice, name, content.length)).offset;
      await put(alice, name, content, at);
      assert.equal(syncs.mock.callCount(), 2);
      assert.equal(done(), content.length);
    } finally {
      syncs.mock.restore();
    }
  });

  it("undoes its counts when a transaction is rolled back", () => {
    assert.throws(() =>
      store.atomically(() => {
        store.blobs.add(newName(), { owner: alice, bytes: 1, until: now }, now);
        throw new Error("no");
      }),
    );
    assert.deepEqual(store.blobs.size(), { blobs: 0, bytes: 0 });
  });
});

/** Files that are copied at every change of the disk, as a crash would leave them. */
class WatchedFiles extends BlobFiles {
  readonly synced = new Map<BlobName, number>();
  readonly #changed: () => void;

  constructor(folder: string, changed: () => void) {
    super(folder, async () => ({ free: 1e12, all: 1e12 }));
    this.#changed = changed;
  }
  override append(...given: Parameters<BlobFiles["append"]>): void {
    super.append(...given);
    this.#changed();
  }
  override async sync(...given: Parameters<BlobFiles["sync"]>): Promise<void> {
    const size = this.size(given[0]) ?? 0;
    this.#changed();
    await super.sync(...given);
    this.synced.set(given[0], size);
    this.#changed();
  }
  override async remove(name: BlobName): Promise<void> {
    this.#changed();
    await super.remove(name);
    this.#changed();
  }
  override cut(...given: Parameters<BlobFiles["cut"]>): void {
    super.cut(...given);
    this.#changed();
  }
}

describe("a blob store after a crash", function () {
  this.timeout(180_000);
  /** The files at the moment of the crash, and the acknowledgements sent by then. */
  interface Image {
    readonly folder: string;
    readonly complete: ReadonlyMap<BlobName, Uint8Array>;
    readonly dropped: ReadonlySet<BlobName>;
    readonly synced: ReadonlyMap<BlobName, number>;
  }
  let folder: string;
  let images: Image[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "parley-crash-"));
    images = [];
    const live = join(folder, "live");
    const complete = new Map<BlobName, Uint8Array>();
    const dropped = new Set<BlobName>();
    let files: WatchedFiles | undefined;
    // Synchronous, so that nothing else happens meanwhile.
    const changed = () => {
      const image = join(folder, String(images.length));
      cpSync(live, image, { recursive: true });
      images.push({
        folder: image,
        complete: new Map(complete),
        dropped: new Set(dropped),
        synced: new Map(files?.synced),
      });
    };
    files = new WatchedFiles(join(live, "blobs"), changed);
    const store = openStore(join(live, "parley.sqlite"), DEFAULT_LIMITS);
    const blobs = new BlobStore(store, files, DEFAULT_LIMITS, () => NOW);
    const sizes = [70_000, BLOB_MARK_BYTES + 300_000, 100];
    const names: BlobName[] = [];
    for (const bytes of sizes) {
      const [name, content] = [newName(), randomBytes(bytes)];
      names.push(name);
      await blobs.open(alice, name, bytes);
      changed();
      // Large parts, so that there are fewer images.
      const step = MAX_BLOB_PART_BYTES * 16;
      for (let at = 0; at < bytes; at += step)
        await blobs.put(alice, name, at, content.subarray(at, at + step));
      complete.set(name, content);
      changed();
    }
    const [first = newName(), second = newName()] = names;
    await blobs.drop(alice, first);
    dropped.add(first);
    complete.delete(first);
    changed();
    await blobs.open(bob, newName(), 5000);
    await blobs.sweep(() => true);
    store.blobs.giveUpAll(bob);
    await blobs.sweep(() => true);
    complete.delete(second);
    store.blobs.giveUpAll(alice);
    complete.clear();
    await store.committed();
    changed();
    await blobs.sweep(() => true);
    store.close();
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function recovers(image: Image, where: string): Promise<void> {
    const store = openStore(join(where, "parley.sqlite"), DEFAULT_LIMITS);
    try {
      const files = new BlobFiles(join(where, "blobs"));
      const blobs = new BlobStore(store, files, DEFAULT_LIMITS, () => NOW);
      allAtOnce(blobs.cutUnfinished());
      await blobs.check(() => true);
      await blobs.sweep(() => true);
      // Every file has its row, and every row its file.
      for (const name of readdirSync(join(where, "blobs"))) {
        const known = parseBlobName(name);
        assert.ok(known !== undefined && store.blobs.find(known) !== undefined, "a file without a row");
      }
      for (const { name, row } of store.blobs.after(undefined, 100))
        assert.ok((files.size(name) ?? 0) >= row.done, "a row without its file");
      assert.equal(store.blobs.nextGivenUp(), undefined);
      // Everything that was acknowledged is still there.
      for (const [name, content] of image.complete) {
        const { offset } = await blobs.open(alice, name, content.length);
        assert.equal(offset, content.length);
        assert.ok(readFileSync(join(where, "blobs", name)).equals(content), "a complete blob was changed");
      }
      for (const name of image.dropped) assert.equal(store.blobs.has(name), false);
      // Uploads continue after the bytes that are on disk.
      for (const { name, row } of store.blobs.after(undefined, 100)) {
        if (row.done === row.bytes) continue;
        const { offset } = await blobs.open(row.owner, name, row.bytes);
        assert.equal(offset, row.done);
      }
    } finally {
      store.close();
    }
  }

  it("of the process, at every point, has every file with its row and keeps every promise", async () => {
    assert.ok(images.length > 20, String(images.length));
    for (const image of images) {
      const where = `${image.folder}-killed`;
      await cp(image.folder, where, { recursive: true });
      await recovers(image, where);
      await rm(where, { recursive: true });
    }
  });

  it("of the machine, at every point, with any bytes in place of those that were not synced", async () => {
    for (const image of images) {
      const where = `${image.folder}-cut`;
      await cp(image.folder, where, { recursive: true });
      for (const name of readdirSync(join(where, "blobs"))) {
        const known = parseBlobName(name);
        const path = join(where, "blobs", name);
        const bytes = readFileSync(path).length;
        const synced = (known && image.synced.get(known)) ?? 0;
        const file = openSync(path, "r+");
        if (bytes > synced) writeSync(file, Buffer.alloc(bytes - synced, 0xee), 0, bytes - synced, synced);
        closeSync(file);
      }
      await recovers(image, where);
      await rm(where, { recursive: true });
    }
  });
});
