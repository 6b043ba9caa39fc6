/**
 * docs/PROTOCOL.md in bytes: its worked examples are the program's own output, and a client written from the
 * document alone (test/fixtures/page-client.ts) reads the frozen handshake and signs in to today's server.
 */
import assert from "node:assert/strict";
import { createHash, createSecretKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Channel } from "../../protocol/channel/channel.ts";
import { CipherState } from "../../protocol/channel/cipher.ts";
import { ServerHandshake } from "../../protocol/channel/handshake.ts";
import { credentials, LIMITS } from "../../protocol/channel/handshake-fixture.ts";
import { sealedFileBytes, sealFile } from "../../protocol/e2ee/sealed-file.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { signRequestKey } from "../../protocol/identity/request-key.ts";
import { safetyNumber } from "../../protocol/identity/safety-number.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { type ConversationId, idBytes, username } from "../../protocol/names.ts";
import { encodeBatch } from "../../protocol/wire/batch.ts";
import {
  BlobOpenSchema,
  ClientHelloSchema,
  Opcode,
  RequestToTalkSchema,
  ServerHelloSchema,
} from "../../protocol/wire/parley_pb.ts";
import { openRecord, PageClient, rekeyed, sealRecord } from "../fixtures/page-client.ts";

const DOCUMENT = "docs/PROTOCOL.md";
const VECTOR = "test/vectors/handshake.json";

/** The inputs, in the document's order. */
const SEED = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
const PEER_SEED = Buffer.from(Array.from({ length: 32 }, (_, n) => 0x80 + n));
const KEY = Buffer.from(Array.from({ length: 32 }, (_, n) => 0x40 + n));
const CONVERSATION = "00112233445566778899aabbccddeeff" as ConversationId;
const SERVER = createHash("sha256").update("a team's CA").digest();
const [alice, bob] = [Identity.fromSeed(SEED), Identity.fromSeed(PEER_SEED)];
const VALID_UNTIL = 1_900_000_000;

/** Returns the document's examples: the lines `name = value` of that code block. */
function examples(): ReadonlyMap<string, string> {
  const block = /^```text examples\n(.*?)^```$/ms.exec(readFileSync(DOCUMENT, "utf8"))?.[1] ?? "";
  return new Map(
    [...block.matchAll(/^([A-Za-z].*?) += (.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

/** Returns the program's values for the same inputs. */
async function computed(): Promise<ReadonlyMap<string, string>> {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const ping = encodeBatch([{ opcode: Opcode.PING, id: 1, body: new Uint8Array() }]);
  const request = {
    conversation: CONVERSATION,
    server: SERVER,
    requester: username("alice"),
    addressee: username("bob"),
    addresseeKey: bob.publicKey,
    note: new Uint8Array(),
  };
  const signature = signTalkRequest(alice, request);
  const body = toBinary(
    RequestToTalkSchema,
    create(RequestToTalkSchema, {
      conversation: idBytes(CONVERSATION),
      peer: "bob",
      identityKey: alice.publicKey,
      signature,
      addresseeKey: bob.publicKey,
    }),
  );
  const channel = () => new Channel({ send: new CipherState(KEY), receive: new CipherState(KEY) });
  const requestKey = {
    name: username("alice"),
    server: SERVER,
    key: new Uint8Array(1216).fill(0xab),
    validUntil: VALID_UNTIL,
  };
  const sealedFile = createHash("sha256");
  async function* hello(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("hello");
  }
  await sealFile(createSecretKey(KEY), hello(), async (sealed) => void sealedFile.update(sealed));
  const blob = create(BlobOpenSchema, { id: KEY, bytes: BigInt(sealedFileBytes(5)) });
  const direction = new CipherState(KEY);
  direction.rekey();
  // The document's new key opens records of the program's new key.
  const next = Buffer.concat(new Channel({ send: direction, receive: new CipherState(KEY) }).seal(ping));
  assert.deepEqual(openRecord(rekeyed(KEY), 0n, next), ping);
  return new Map([
    ["alice's seed", hex(SEED)],
    ["alice's identity key", hex(alice.publicKey)],
    ["bob's identity key", hex(bob.publicKey)],
    ["batch of one PING, id 1", hex(ping)],
    ["record key", hex(KEY)],
    ["frame of that batch, record 0", hex(Buffer.concat(channel().seal(ping)))],
    ["key after 65,536 records", hex(rekeyed(KEY))],
    ["conversation", CONVERSATION],
    ["server (CA's fingerprint)", hex(SERVER)],
    ["alice's RTT to bob, signature", hex(signature)],
    ["alice's RTT to bob, body", hex(body)],
    ["request key statement, signature", hex(signRequestKey(alice, requestKey, requestKey))],
    ["BLOB_OPEN of 4112 bytes, body", hex(toBinary(BlobOpenSchema, blob))],
    ['SHA-256 of sealed "hello"', sealedFile.digest("hex")],
    [
      "safety number",
      safetyNumber(
        { name: "alice", identityKey: alice.publicKey },
        { name: "bob", identityKey: bob.publicKey },
      ),
    ],
  ]);
}

interface Handshake {
  readonly client: {
    readonly e: string;
    readonly e1Seed: string;
    readonly s: string;
    readonly identitySeed: string;
  };
  readonly name: string;
  readonly message10: string;
  readonly message11: string;
  readonly message12: string;
  /** h, as covered by the signature in 1.2. */
  readonly h: string;
  readonly clientToServer: string;
  readonly serverToClient: string;
  /** The server's first frame: LIST, id 0, nobody. */
  readonly record: string;
}

const bytes = (text: string) => Buffer.from(text, "hex");

/** A PING with id 1 to the server, and an empty LIST to the client. */
const PING = encodeBatch([{ opcode: Opcode.PING, id: 1, body: new Uint8Array() }]);
const LIST = encodeBatch([{ opcode: Opcode.LIST, id: 0, body: new Uint8Array() }]);

/** Returns the ClientHello of `name`, as the document defines it. */
function clientHello(name: string, identity: Identity, h: Uint8Array): Uint8Array {
  const content = Buffer.concat([Buffer.from(`${name}\0`), h]);
  const signature = identity.sign("parley/1 client", content);
  return toBinary(
    ClientHelloSchema,
    create(ClientHelloSchema, { name, identityKey: identity.publicKey, signature, software: "page" }),
  );
}

/**
 * Signs in to `server` as the document describes, with those keys.
 * @returns everything sent and received, and the two keys
 */
function signIn(keys: Handshake["client"], name: string): Handshake {
  const server = new ServerHandshake({ credentials, limits: LIMITS, software: "parley-server 1" });
  const identity = Identity.fromSeed(bytes(keys.identitySeed));
  const client = new PageClient({ e: bytes(keys.e), s: bytes(keys.s), e1Seed: bytes(keys.e1Seed) });
  const message10 = client.start();
  const message11 = Buffer.from(server.answer(message10));
  client.read(message11);
  const { message, h, keys: split } = client.finish((hash) => clientHello(name, identity, hash));
  const { channel, client: facts } = server.finish(message);
  assert.equal(facts.name, name);
  const record = Buffer.concat(channel.seal(LIST));
  // The other direction: records of the document's client open at the server.
  for (const counter of [0n, 1n])
    assert.deepEqual(Buffer.from(channel.open(sealRecord(split[0], counter, PING).subarray(4))), PING);
  return {
    client: keys,
    name,
    message10: message10.toString("hex"),
    message11: message11.toString("hex"),
    message12: message.toString("hex"),
    h: h.toString("hex"),
    clientToServer: split[0].toString("hex"),
    serverToClient: split[1].toString("hex"),
    record: record.toString("hex"),
  };
}

describe("docs/PROTOCOL.md, byte for byte", () => {
  const written = examples();
  let now: Awaited<ReturnType<typeof computed>>;
  before(async () => {
    now = await computed();
  });
  it("has exactly one example of each of these", () => {
    assert.deepEqual(
      [...written.keys()],
      [...now.keys()],
      [...now].map(([name, value]) => `${name} = ${value}`).join("\n"),
    );
  });
  for (const [name, value] of written)
    it(`has the right bytes of ${name}`, () => assert.equal(value, now.get(name)));

  it("describes a client that today's server accepts", () => {
    const { record, serverToClient } = signIn(
      {
        e: KEY.toString("hex"),
        e1Seed: Buffer.alloc(64, 7).toString("hex"),
        s: PEER_SEED.toString("hex"),
        identitySeed: SEED.toString("hex"),
      },
      "alice",
    );
    assert.deepEqual(openRecord(bytes(serverToClient), 0n, bytes(record)), LIST);
  });

  it("describes the frozen handshake", () => {
    if (process.env["PARLEY_FREEZE_HANDSHAKE"] === "1") {
      const keys = {
        e: "11".repeat(32),
        e1Seed: "22".repeat(64),
        s: "33".repeat(32),
        identitySeed: "44".repeat(32),
      };
      writeFileSync(VECTOR, `${JSON.stringify(signIn(keys, "alice"), undefined, 2)}\n`);
    }
    const vector = JSON.parse(readFileSync(VECTOR, "utf8")) as Handshake;
    const { e, e1Seed, s, identitySeed } = vector.client;
    const client = new PageClient({ e: bytes(e), e1Seed: bytes(e1Seed), s: bytes(s) });
    assert.equal(client.start().toString("hex"), vector.message10);
    const { hello, serverKey } = client.read(bytes(vector.message11));
    assert.deepEqual(serverKey, Buffer.from(credentials.staticKey.publicKey));
    assert.equal(fromBinary(ServerHelloSchema, hello).certificates.length, 2);
    const identity = Identity.fromSeed(bytes(identitySeed));
    const { message, h, keys } = client.finish((hash) => clientHello(vector.name, identity, hash));
    assert.equal(h.toString("hex"), vector.h);
    assert.equal(message.toString("hex"), vector.message12);
    assert.deepEqual(
      [keys[0].toString("hex"), keys[1].toString("hex")],
      [vector.clientToServer, vector.serverToClient],
    );
    assert.deepEqual(openRecord(keys[1], 0n, bytes(vector.record)), LIST);
  });

  it("describes records that do not open out of order", () => {
    const frame = sealRecord(KEY, 0n, PING);
    assert.throws(() => openRecord(KEY, 1n, frame));
    assert.throws(() => openRecord(rekeyed(KEY), 0n, frame));
  });
});
