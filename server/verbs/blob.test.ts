import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { MAX_BLOB_PART_BYTES } from "../../protocol/limits.ts";
import { username } from "../../protocol/names.ts";
import {
  BlobDropSchema,
  BlobOpenSchema,
  BlobPartSchema,
  BlobQuestionSchema,
  BlobStateSchema,
  ErrorSchema,
  Opcode,
} from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import { TestServer } from "../server-fixture.ts";

const MIB = 1024 * 1024;

describe("blobs over a connection", () => {
  let server: TestServer;
  afterEach(() => server.remove());

  async function open(
    who: RawClient,
    id: Uint8Array,
    bytes: number,
  ): Promise<{ offset: number; until: number }> {
    const body = toBinary(BlobOpenSchema, create(BlobOpenSchema, { id, bytes: BigInt(bytes) }));
    const answer = await who.ask(Opcode.BLOB_OPEN, body);
    assert.equal(answer.opcode, Opcode.BLOB_OPEN, answer.opcode === Opcode.ERROR ? errorOf(answer.body) : "");
    const { offset, availableUntil } = fromBinary(BlobStateSchema, answer.body);
    return { offset: Number(offset), until: Number(availableUntil) };
  }
  const tryToOpen = (who: RawClient, id: Uint8Array, bytes: number) =>
    who.tell(Opcode.BLOB_OPEN, BlobOpenSchema, { id, bytes: BigInt(bytes) });
  const putPart = (who: RawClient, id: Uint8Array, offset: number, part: Uint8Array) =>
    who.tell(Opcode.BLOB_PUT, BlobPartSchema, { id, offset: BigInt(offset), part });
  const drop = (who: RawClient, id: Uint8Array) => who.tell(Opcode.BLOB_DROP, BlobDropSchema, { id });

  async function put(who: RawClient, content: Uint8Array): Promise<Uint8Array> {
    const id = randomBytes(32);
    await open(who, id, content.length);
    for (let at = 0; at < content.length; at += MAX_BLOB_PART_BYTES)
      assert.equal(await putPart(who, id, at, content.subarray(at, at + MAX_BLOB_PART_BYTES)), "UNSPECIFIED");
    return id;
  }
  async function get(who: RawClient, id: Uint8Array): Promise<Buffer | string> {
    const parts: Uint8Array[] = [];
    for (let offset = 0; ; ) {
      const body = toBinary(BlobQuestionSchema, create(BlobQuestionSchema, { id, offset: BigInt(offset) }));
      const answer = await who.ask(Opcode.BLOB_GET, body);
      if (answer.opcode === Opcode.ERROR) return errorOf(answer.body);
      const { part, bytes } = fromBinary(BlobPartSchema, answer.body);
      parts.push(part);
      offset += part.length;
      if (offset === Number(bytes)) return Buffer.concat(parts);
    }
  }
  const errorOf = (body: Uint8Array) => String(fromBinary(ErrorSchema, body).code);

  it("are put by one member, and fetched by another who knows the id", async () => {
    server = await TestServer.start();
    const [alice, bob] = [await server.join("alice"), await server.join("bob")];
    const content = randomBytes(3 * MAX_BLOB_PART_BYTES + 17);
    const before = Date.now() / 1000;
    const id = await put(alice, content);
    const { offset, until } = await open(alice, id, content.length);
    assert.equal(offset, content.length);
    assert.ok(Math.abs(until - before - 30 * 24 * 3600) < 60);
    assert.ok(content.equals((await get(bob, id)) as Buffer));
    assert.equal(server.metric("parley_blobs"), 1);
    assert.equal(server.metric("parley_blob_bytes"), content.length);
  });

  it("leave neither the id nor the reader's name in the log or on the disk", async () => {
    server = await TestServer.start();
    const [alice, bob] = [await server.join("alice"), await server.join("bob")];
    const id = await put(alice, randomBytes(1000));
    const logged = server.log.length;
    await get(bob, id);
    assert.equal(server.log.slice(logged), "");
    const hex = Buffer.from(id).toString("hex");
    assert.ok(!server.log.includes(hex) && !readdirSync(server.blobFolder).includes(hex));
    assert.deepEqual(readdirSync(server.blobFolder), [createHash("sha256").update(id).digest("hex")]);
  });

  it("are refused by code, and the connection stays up", async () => {
    server = await TestServer.start({ maxBlobBytes: MIB, blobBytesPerPerson: 2 * MIB, blobBytes: 3 * MIB });
    const [alice, bob] = [await server.join("alice"), await server.join("bob")];
    const id = randomBytes(32);
    assert.equal(await tryToOpen(alice, id, MIB + 1), "TOO_LARGE");
    await open(alice, id, MIB);
    assert.equal(await tryToOpen(bob, id, MIB), "NOT_ALLOWED");
    assert.equal(await tryToOpen(alice, id, MIB - 1), "NOT_ALLOWED");
    await open(alice, randomBytes(32), MIB);
    assert.equal(await tryToOpen(alice, randomBytes(32), 1), "TOO_MANY");
    await open(bob, randomBytes(32), MIB);
    assert.equal(await tryToOpen(bob, randomBytes(32), 1), "BLOBS_FULL");
    assert.equal(await putPart(alice, id, 5, Buffer.from("x")), "BLOB_OFFSET");
    assert.equal(await putPart(bob, id, 0, Buffer.from("x")), "BLOB_GONE");
    assert.equal(await get(bob, id), "25"); // Not complete.
    assert.equal(await get(bob, randomBytes(32)), "25");
    assert.equal(await drop(bob, id), "NOT_ALLOWED");
    assert.equal(await drop(alice, id), "UNSPECIFIED");
    assert.equal(await putPart(alice, id, 0, Buffer.from("x")), "BLOB_GONE");
    assert.equal((await alice.ask(Opcode.PING)).opcode, Opcode.ACK);
  });

  it("are refused by a server that is configured to keep none", async () => {
    server = await TestServer.start({ maxBlobBytes: 0 });
    assert.equal(await tryToOpen(await server.join("alice"), randomBytes(32), 1), "NOT_ALLOWED");
  });

  const wrong: readonly (readonly [string, Opcode, Uint8Array])[] = [
    [
      "an id of 31 bytes",
      Opcode.BLOB_OPEN,
      toBinary(BlobOpenSchema, create(BlobOpenSchema, { id: randomBytes(31), bytes: 1n })),
    ],
    [
      "no bytes at all",
      Opcode.BLOB_OPEN,
      toBinary(BlobOpenSchema, create(BlobOpenSchema, { id: randomBytes(32) })),
    ],
    [
      "more bytes than anybody counts",
      Opcode.BLOB_OPEN,
      toBinary(BlobOpenSchema, create(BlobOpenSchema, { id: randomBytes(32), bytes: 2n ** 64n - 1n })),
    ],
    [
      "an empty part",
      Opcode.BLOB_PUT,
      toBinary(BlobPartSchema, create(BlobPartSchema, { id: randomBytes(32) })),
    ],
    [
      "too long a part",
      Opcode.BLOB_PUT,
      toBinary(
        BlobPartSchema,
        create(BlobPartSchema, { id: randomBytes(32), part: new Uint8Array(MAX_BLOB_PART_BYTES + 1) }),
      ),
    ],
    [
      "a place that nobody counts to",
      Opcode.BLOB_GET,
      toBinary(
        BlobQuestionSchema,
        create(BlobQuestionSchema, { id: randomBytes(32), offset: 2n ** 64n - 1n }),
      ),
    ],
  ];
  for (const [what, opcode, body] of wrong)
    it(`end it with ${what}: bad-message`, async () => {
      server = await TestServer.start();
      const mallory = await server.join("mallory");
      mallory.line.send(opcode, 1, body);
      assert.equal(await mallory.lastError(), "BAD_MESSAGE");
    });

  it("end it with more bytes than announced: bad-message", async () => {
    server = await TestServer.start();
    const mallory = await server.join("mallory");
    const id = randomBytes(32);
    await open(mallory, id, 10);
    const part = create(BlobPartSchema, { id, part: Buffer.alloc(11) });
    mallory.line.send(Opcode.BLOB_PUT, 9, toBinary(BlobPartSchema, part));
    assert.equal(await mallory.lastError(), "BAD_MESSAGE");
  });

  it("leave a part of a member's budget to messages", async () => {
    server = await TestServer.start({ workPerSecond: 100, workBurst: 2000 });
    const [alice, bob] = [await server.join("alice"), await server.join("bob")];
    const conversation = await talking(alice, bob);
    const id = randomBytes(32);
    await open(alice, id, 100 * MIB);
    let at = 0;
    while ((await putPart(alice, id, at, new Uint8Array(MAX_BLOB_PART_BYTES))) === "UNSPECIFIED")
      at += MAX_BLOB_PART_BYTES;
    assert.ok(at > 5 * MAX_BLOB_PART_BYTES, String(at));
    for (let count = 0; count < 50; count++) assert.equal(await alice.send(conversation, "hi"), "RECEIVED");
  });

  it("go with a member who is revoked, or whose name gets another key", async () => {
    server = await TestServer.start();
    const [alice, bob, carol] = [
      await server.join("alice"),
      await server.join("bob"),
      await server.join("carol"),
    ];
    const [ofAlice, ofBob] = [await put(alice, randomBytes(1000)), await put(bob, randomBytes(1000))];
    const beside = await server.openStoreBeside();
    beside.directory.revoke(username("alice"), Date.now());
    await beside.committed();
    await alice.ended;
    const invite = await server.invite({ reservedFor: username("bob") });
    await server.connect("bob", { inviteToken: invite, identity: server.identity("another bob") });
    while (server.metric("parley_blobs") !== 0) await new Promise(setImmediate);
    assert.deepEqual(readdirSync(server.blobFolder), []);
    for (const id of [ofAlice, ofBob]) assert.equal(await get(carol, id), "25");
  });

  it("are gone once their owner has dropped them", async () => {
    server = await TestServer.start();
    const alice = await server.join("alice");
    const id = await put(alice, randomBytes(1000));
    assert.equal(await drop(alice, id), "UNSPECIFIED");
    assert.equal(await get(alice, id), "25");
  });
});
