/**
 * Too many, too large, too slow, too deep: a member's requests within one session, and a server's messages to its
 * client. A flooder is told when to retry, then cut, with a reason in the log; Alice and Bob keep chatting.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client } from "../../protocol/client/client.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { MAX_SEALED_BYTES, SEALED_SIGNAL_BYTES } from "../../protocol/limits.ts";
import {
  type ConversationId,
  idBytes,
  newConversationId,
  newMessageId,
  username,
} from "../../protocol/names.ts";
import {
  AcceptSchema,
  BlobDropSchema,
  BlobOpenSchema,
  BlobPartSchema,
  BlobQuestionSchema,
  BlockSchema,
  ErrorCode,
  ErrorSchema,
  InviteRequestSchema,
  NotifySchema,
  Opcode,
  Presence,
  RefuseSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  SetPresenceSchema,
  SignalSchema,
} from "../../protocol/wire/parley_pb.ts";
import { RawClient, talking } from "../../server/gateway/raw-client-fixture.ts";
import { TestServer } from "../../server/server-fixture.ts";
import { FrameAttacker, instead } from "../fixtures/frame-attacker.ts";
import { knock, OURS } from "../fixtures/loose-noise.ts";
import { ScriptedServer, temporaryAuthority } from "../fixtures/scripted-server.ts";
import { until, withCode } from "../fixtures/waiting.ts";

const NOTHING = new Uint8Array();
/** More requests than anybody is allowed, at any price. */
const FLOOD = 1500;
/** Endlessly nested groups: one byte per level. */
const nested = (levels: number) => Buffer.alloc(levels, 0x7b);
const GROUP_END = Buffer.of(0x7c);
/** Two bytes for each field. */
const fields = (count: number) => Buffer.from("7801".repeat(count), "hex");
/** Field 3, with a length of two gigabytes. */
const ENDLESS_FIELD = Buffer.from("1affffffff07", "hex");

describe("within one session, a member", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  let mallory: RawClient;
  let mallories = 0;
  /** Alice's conversation with Bob. */
  let conversation: ConversationId;

  /** The log's length when the test began. */
  let from: number;

  before(async () => {
    server = await TestServer.start({ workPerSecond: 200, workBurst: 600, refusalsTolerated: 20 });
    [alice, bob] = [await server.join("alice"), await server.join("bob")];
    conversation = await talking(alice, bob);
  });
  after(() => server.remove());
  beforeEach(async () => {
    // A new member each time, since signing in again does not restore a used budget.
    mallories += 1;
    mallory = await server.join(`mallory${mallories}`);
    from = server.log.length;
  });
  afterEach(async () => {
    assert.equal(await alice.send(conversation, "undisturbed"), "RECEIVED");
    mallory.line.destroy();
    await alice.seeLeave(mallory.name);
  });
  /** Waits for a log entry about the flooder, single or in a sum. */
  async function logged(reason: string): Promise<void> {
    while (!server.log.slice(from).includes(`"${reason}"`)) await new Promise(setImmediate);
  }
  const id = () => idBytes(newConversationId());
  const parties = () => ({ conversation: id(), peer: "bob" });

  const requests: readonly (readonly [Opcode, () => Uint8Array])[] = [
    [Opcode.LIST, () => NOTHING],
    [Opcode.PING, () => NOTHING],
    [Opcode.BLOCKED, () => NOTHING],
    [Opcode.CONVERSATIONS, () => NOTHING],
    [Opcode.RTT, () => mallory.rttBody("nobody", newConversationId())],
    [Opcode.ACCEPT, () => toBinary(AcceptSchema, create(AcceptSchema, { ...parties(), keyPackage: id() }))],
    [Opcode.REFUSE, () => toBinary(RefuseSchema, create(RefuseSchema, parties()))],
    [
      Opcode.CC_SESSION_ESTABLISHMENT,
      () =>
        toBinary(
          SessionEstablishmentSchema,
          create(SessionEstablishmentSchema, { ...parties(), welcome: id() }),
        ),
    ],
    [Opcode.NOTIFY, () => toBinary(NotifySchema, create(NotifySchema, parties()))],
    [Opcode.MESSAGE, () => sealed(1)],
    [
      Opcode.PRESENCE,
      () => toBinary(SetPresenceSchema, create(SetPresenceSchema, { presence: Presence.ONLINE })),
    ],
    [
      Opcode.INVITE,
      () => toBinary(InviteRequestSchema, create(InviteRequestSchema, { uses: 1, expiresSeconds: 60 })),
    ],
    [Opcode.BLOCK, () => toBinary(BlockSchema, create(BlockSchema, { name: "nobody" }))],
    [Opcode.UNBLOCK, () => toBinary(BlockSchema, create(BlockSchema, { name: "nobody" }))],
    [
      Opcode.BLOB_OPEN,
      () => toBinary(BlobOpenSchema, create(BlobOpenSchema, { id: randomBytes(32), bytes: 1n })),
    ],
    [
      Opcode.BLOB_PUT,
      () =>
        toBinary(BlobPartSchema, create(BlobPartSchema, { id: randomBytes(32), part: new Uint8Array(1) })),
    ],
    [
      Opcode.BLOB_GET,
      () => toBinary(BlobQuestionSchema, create(BlobQuestionSchema, { id: randomBytes(32) })),
    ],
    [
      Opcode.SIGNAL,
      () =>
        toBinary(
          SignalSchema,
          create(SignalSchema, { conversation: id(), sealed: new Uint8Array(SEALED_SIGNAL_BYTES) }),
        ),
    ],
    [Opcode.BLOB_DROP, () => toBinary(BlobDropSchema, create(BlobDropSchema, { id: randomBytes(32) }))],
  ];
  function sealed(bytes: number, into = id()): Uint8Array {
    const message = { conversation: into, id: idBytes(newMessageId()), sealed: new Uint8Array(bytes) };
    return toBinary(SealedMessageSchema, create(SealedMessageSchema, message));
  }

  for (const [opcode, body] of requests)
    it(`who floods it with ${nameOf(opcode)} is told when to retry, then cut: rate-limited`, async () => {
      for (let number = 1; number <= FLOOD; number++) mallory.line.send(opcode, number, body());
      const told = await mallory.find((one) => one.opcode === Opcode.ERROR && isRateLimit(one.body));
      assert.ok(fromBinary(ErrorSchema, told.body).retryAfterMs > 0);
      assert.equal(await mallory.lastError(), "RATE_LIMITED");
      await mallory.ended;
      await logged("rate-limited");
    });

  it("who floods it with messages that need no answer is cut as well: rate-limited", async () => {
    for (let number = 1; number <= FLOOD; number++) mallory.line.send(Opcode.PING, 0, NOTHING);
    assert.equal(await mallory.lastError(), "RATE_LIMITED");
  });

  for (const [opcode] of requests)
    it(`whose ${nameOf(opcode)} exceeds its size bound is cut: bad-message`, async () => {
      // The largest body that fits a record; for MESSAGE, that is allowed.
      const body = opcode === Opcode.MESSAGE ? nested(250_000) : new Uint8Array(250_000);
      mallory.line.send(opcode, 1, body);
      assert.equal(await mallory.lastError(), "BAD_MESSAGE");
      await logged("bad-message");
    });

  it("whose message exceeds its size bound is refused: too-large", async () => {
    const { body } = await mallory.ask(Opcode.MESSAGE, sealed(MAX_SEALED_BYTES + 1));
    assert.equal(fromBinary(ErrorSchema, body).code, ErrorCode.TOO_LARGE);
  });

  const bombs: readonly (readonly [string, Uint8Array])[] = [
    ["a hundred thousand levels deep", nested(100_000)],
    ["with a field of two gigabytes", ENDLESS_FIELD],
    ["with a hundred thousand fields", fields(100_000)],
    ["with a group of a hundred thousand fields", Buffer.concat([nested(1), fields(100_000), GROUP_END])],
  ];
  for (const [what, body] of bombs)
    it(`who sends a message ${what} is cut without using memory: bad-message`, async () => {
      const before = process.memoryUsage().rss;
      mallory.line.send(Opcode.MESSAGE, 1, Buffer.concat([sealed(1), body]));
      assert.equal(await mallory.lastError(), "BAD_MESSAGE");
      assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
    });

  for (const [what, bytes] of [
    ["is thirty thousand levels deep", nested(30_000)],
    ["has fifteen thousand fields", fields(15_000)],
  ] as const)
    it(`whose 1.2 ${what} is cut: bad-handshake`, async () => {
      await knock(server.port, OURS, { name: "mallory" }, bytes);
      await logged("bad-handshake");
    });
});

describe("within one session, a slow member", () => {
  it("who sends half a record and then nothing is cut: silent", async () => {
    const server = await TestServer.start({ keepAliveMs: 20, deadAfterMs: 200 });
    const wire = await FrameAttacker.start(server.port);
    try {
      const { identity, name } = await server.join("mallory");
      const slow = await RawClient.connect(wire.port, { identity, name });
      await slow.welcome();
      wire.tamper = instead(({ bytes }) => [bytes.subarray(0, -1)])(({ way }) => way === "to server");
      slow.line.send(Opcode.LIST, 1, NOTHING);
      await slow.ended;
      assert.ok(server.log.includes('"silent"'));
      assert.deepEqual(
        slow.unread.filter(({ opcode }) => opcode === Opcode.LIST),
        [],
      );
    } finally {
      await wire.stop();
      await server.remove();
    }
  });
});

describe("a server that sends its client an allocation bomb", () => {
  let ca: Awaited<ReturnType<typeof temporaryAuthority>>;
  before(async function () {
    this.timeout(180_000);
    ca = await temporaryAuthority();
  });
  after(() => ca.remove());

  for (const [what, opcode, deliveryId, body] of [
    ["a list a hundred thousand levels deep", Opcode.LIST, 0, nested(100_000)],
    ["a hundred thousand people without a name", Opcode.LIST, 0, Buffer.from("0a00".repeat(100_000), "hex")],
    ["a message a hundred thousand levels deep", Opcode.MESSAGE, 1, nested(100_000)],
    ["a request with a field of two gigabytes", Opcode.RTT, 1, ENDLESS_FIELD],
  ] as const)
    it(`is cut by the client for ${what}: bad-message`, async () => {
      const server = await ScriptedServer.start(ca.authority);
      const { caFingerprint } = ca.authority;
      const client = new Client({
        ...{ host: "127.0.0.1", port: server.port, caFingerprint },
        ...{ name: username("alice"), identity: Identity.generate() },
      });
      try {
        const connected = client.connect();
        const line = (await server.accept()).letIn();
        await connected;
        line.sendBytes(opcode, deliveryId, body);
        const { error } = await until(client, "waiting");
        assert.ok(withCode(ProtocolError, "bad-message")(error), error?.message);
      } finally {
        await client.close();
        await server.stop();
      }
    });
});

function nameOf(opcode: Opcode): string {
  return Object.entries(Opcode).find(([, number]) => number === opcode)?.[0] ?? String(opcode);
}

function isRateLimit(body: Uint8Array): boolean {
  return fromBinary(ErrorSchema, body).code === ErrorCode.RATE_LIMITED;
}
