/**
 * A file of 100 MB through the shipped server: killed in the middle, resumed, fetched by another member,
 * while others chat.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createSecretKey, randomBytes } from "node:crypto";
import { type FileHandle, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BlobSource, downloadBlob, uploadBlob } from "../../protocol/client/blobs.ts";
import { type FileFacts, openFile, sealedFileBytes, sealFile } from "../../protocol/e2ee/sealed-file.ts";
import { NetworkError } from "../../protocol/errors.ts";
import { newBlobId, username } from "../../protocol/names.ts";
import { BLOB_MARK_BYTES } from "../../server/limits.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { scrape } from "../fixtures/scrape.ts";
import { next } from "../fixtures/waiting.ts";

const BYTES = 100_000_000;
const PIECE_BYTES = 1_000_000;
/**
 * The server's memory during the transfer, as a multiple of its memory before: the file itself would add more
 * than that.
 */
const MOST_MEMORY = 2;
/** The server updates its metrics no more often. */
const LOOK_MS = 300;

/** Generates different bytes at every position. */
async function* plaintext(seed: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece * PIECE_BYTES < BYTES; piece++) {
    const bytes = Buffer.alloc(PIECE_BYTES, seed);
    bytes.writeUInt32BE(piece, 0);
    yield bytes;
  }
}

describe("a large file", function () {
  this.timeout(240_000);
  let server: RealServer;
  let folder: string;
  let staged: FileHandle;
  let source: BlobSource;
  let facts: FileFacts;
  const key = createSecretKey(randomBytes(32));
  const people: Person[] = [];

  before(async () => {
    server = await RealServer.start([], ["--metrics-port", "0", "--log", "error"]);
    folder = await mkdtemp(join(tmpdir(), "parley-file-"));
    staged = await open(join(folder, "sealed"), "w+");
    facts = await sealFile(
      key,
      plaintext(randomBytes(997)),
      async (sealed) => void (await staged.write(sealed)),
    );
    source = {
      bytes: sealedFileBytes(BYTES),
      async read(offset, length) {
        const part = Buffer.alloc(length);
        const { bytesRead } = await staged.read(part, 0, length, offset);
        return part.subarray(0, bytesRead);
      },
    };
  });
  after(async () => {
    for (const { client } of people) await client.close();
    await staged.close();
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function joinAll(...names: string[]): Promise<Person[]> {
    const link = await server.invite(names.length);
    const came = names.map((name) => new Person(link, name));
    for (const { client } of came) await client.connect();
    people.push(...came);
    return came;
  }
  const memory = async () => (await scrape(server.metricsPort ?? 0)).of("process_resident_memory_bytes");
  it("arrives complete despite a kill of the server, without filling its memory, while two others chat", async () => {
    const [alice, bob, carol, dave] = await joinAll("alice", "bob", "carol", "dave");
    assert.ok(alice && bob && carol && dave);
    while (!carol.client.users.has(username("dave"))) await next(carol.client, "users");
    const answered = dave.answer();
    await carol.talkTo(dave.name);
    await answered;

    const id = newBlobId();
    let done = 0;
    let killed: Promise<void> | undefined;
    const upload = () =>
      uploadBlob(alice.client, id, source, {
        onProgress(reached) {
          done = Math.max(done, reached);
          if (done > source.bytes / 2) killed ??= server.kill();
        },
      });
    await assert.rejects(upload(), NetworkError);
    assert.ok(killed);
    await killed;
    const reached = done;
    await server.restart();
    await Promise.all([alice, bob, carol, dave].map(online));

    const before = await memory();
    const { offset } = await alice.client.openBlob(id, source.bytes);
    assert.ok(
      offset <= reached + 2 * BLOB_MARK_BYTES && offset > reached - 2 * BLOB_MARK_BYTES,
      `${offset}, ${reached}`,
    );
    let most = 0;
    let said = 0;
    let over = false;
    let nextLook = 0;
    const talk = (async () => {
      while (!over) {
        const heard: Promise<string> = dave.hear();
        assert.equal(await carol.say(`${said}`), "received");
        assert.equal(await heard, `${said}`);
        said += 1;
        if (performance.now() < nextLook) continue;
        nextLook = performance.now() + LOOK_MS;
        most = Math.max(most, await memory());
      }
    })();
    const until = await upload();
    assert.ok(until.getTime() > Date.now() + 29 * 24 * 3600 * 1000);
    const saidWhileSent = said;
    assert.ok(saidWhileSent > 0);

    let opened = 0;
    for await (const piece of openFile(key, facts, downloadBlob(bob.client, id, source.bytes)))
      opened += piece.length;
    assert.equal(opened, BYTES);
    over = true;
    await talk;
    assert.ok(said > saidWhileSent);
    const figures = `${(before / 1e6).toFixed(0)} MB before, ${(most / 1e6).toFixed(0)} MB at most; ${said} messages`;
    console.log(`      ${figures}`);
    assert.ok(most < MOST_MEMORY * before, figures);

    await alice.client.dropBlob(id);
    await assert.rejects(bob.client.getBlob(id, 0, source.bytes), { code: "blob-gone" });
    while ((await readdir(join(server.folder, "blobs"))).length > 0) await new Promise(setImmediate);
  });
});

describe("a backup", function () {
  this.timeout(180_000);
  let server: RealServer;
  let [first, parent] = ["", ""];
  before(async () => {
    server = await RealServer.start([], ["--log", "error"]);
    first = server.folder;
    parent = await mkdtemp(join(tmpdir(), "parley-backups-"));
  });
  after(async () => {
    await server.remove();
    for (const folder of [first, parent]) await rm(folder, { recursive: true, force: true });
  });

  it("has members' files if asked for, and a server on one without them forgets them", async () => {
    const link = await server.invite();
    const alice = new Person(link, "alice");
    await alice.client.connect();
    const [id, content] = [newBlobId(), randomBytes(200_000)];
    const part = async (offset: number, length: number) => content.subarray(offset, offset + length);
    await uploadBlob(alice.client, id, { bytes: content.length, read: part });
    const back = async (name: string, ...more: string[]) => {
      const to = join(parent, name);
      const args = ["dist/server.js", "backup", to, "--json", "--data", server.folder, ...more];
      await promisify(execFile)(process.execPath, args);
      return to;
    };
    const [without, whole] = [await back("without"), await back("whole", "--with-files")];
    const users = async () => {
      const args = ["dist/server.js", "users", "--json", "--data", server.folder];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      return (JSON.parse(stdout) as { users: { blobBytes: number }[] }).users.map(
        ({ blobBytes }) => blobBytes,
      );
    };
    assert.deepEqual(await users(), [content.length]);
    try {
      await server.kill();
      await server.restart(whole);
      await online(alice);
      const parts: Uint8Array[] = [];
      for await (const one of downloadBlob(alice.client, id, content.length)) parts.push(one);
      assert.ok(Buffer.concat(parts).equals(content));

      await server.kill();
      await server.restart(without);
      await online(alice);
      await assert.rejects(alice.client.getBlob(id, 0, content.length), { code: "blob-gone" });
      while ((await users())[0] !== 0);
    } finally {
      await alice.client.close();
    }
  });
});

async function online({ client }: Person): Promise<void> {
  while (client.state.type !== "online") {
    client.reconnectNow();
    await next(client, "state");
  }
}
