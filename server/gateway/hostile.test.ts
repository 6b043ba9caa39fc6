import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ends } from "../../protocol/channel/handshake-fixture.ts";
import { newConversationId } from "../../protocol/names.ts";
import { frame } from "../../protocol/wire/frame.ts";
import { ErrorCode, ErrorSchema, Opcode, RefuseSchema } from "../../protocol/wire/parley_pb.ts";
import { TestServer } from "../server-fixture.ts";
import { type RawClient, talking } from "./raw-client-fixture.ts";

describe("server with hostile clients", () => {
  let server: TestServer;
  afterEach(() => server.remove());

  /**
   * Connects and sends bytes.
   * @returns the socket, and a promise that resolves when the server hangs up
   */
  async function stranger(...chunks: Uint8Array[]): Promise<{ socket: Socket; gone: Promise<unknown> }> {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    // Any end counts, also a reset because the last bytes were not read.
    const gone = new Promise<unknown>((done) => socket.once("close", done));
    await once(socket, "connect");
    socket.resume();
    for (const chunk of chunks) socket.write(chunk);
    return { socket, gone };
  }
  async function logged(text: string): Promise<void> {
    while (!server.log.includes(text)) await new Promise((resolve) => setImmediate(resolve));
  }

  describe("bad members", () => {
    const bodies: [string, Opcode, Uint8Array][] = [
      ["garbage for a body", Opcode.ACCEPT, Buffer.from("ffffffffff", "hex")],
      [
        "an id of the wrong length",
        Opcode.REFUSE,
        toBinary(RefuseSchema, create(RefuseSchema, { conversation: new Uint8Array(15) })),
      ],
      ["another verb's body", Opcode.USER_NOT_FOUND, new Uint8Array()],
      ["an unknown presence", Opcode.PRESENCE, new Uint8Array([8, 9])],
      ["a body where none belongs", Opcode.LIST, new Uint8Array(1)],
      ["a body too large for its verb", Opcode.NOTIFY, new Uint8Array(1000)],
      ["an ACK without a delivery", Opcode.ACK, new Uint8Array()],
    ];
    for (const [what, opcode, body] of bodies)
      it(`who send ${what} are cut, with a reason in the log, without affecting others`, async () => {
        server = await TestServer.start();
        const alice = await server.join("alice");
        const bob = await server.join("bob");
        const conversation = await talking(alice, bob);
        const mallory = await server.join("mallory");
        mallory.line.send(opcode, 7, body);
        assert.equal(await mallory.lastError(), "BAD_MESSAGE");
        await mallory.ended;
        await logged("bad-message");
        assert.equal(await alice.send(conversation, "quiet here"), "RECEIVED");
      });

    it("who end the line with an ERROR get no answer, and the log has their reason", async () => {
      server = await TestServer.start();
      const alice = await server.join("alice");
      const bob = await server.join("bob");
      const detail = `bad-record\n${"x".repeat(1000)}`;
      const lastWord = create(ErrorSchema, { code: ErrorCode.BAD_MESSAGE, detail });
      bob.line.send(Opcode.ERROR, 0, toBinary(ErrorSchema, lastWord));
      await alice.seeLeave("bob");
      assert.deepEqual(bob.unread, []);
      await logged("given up by the client");
      assert.ok(server.log.includes('"bad-record?xxx'));
      assert.ok(!server.log.includes("x".repeat(200)));
    });

    it("who sign a request with another's key are cut", async () => {
      server = await TestServer.start();
      const mallory = await server.join("mallory");
      await server.join("bob");
      const body = mallory.rttBody("bob", newConversationId());
      body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1;
      mallory.line.send(Opcode.RTT, 1, body);
      assert.equal(await mallory.lastError(), "BAD_MESSAGE");
    });

    it("who send requests too fast are told when to retry, and cut when they continue", async () => {
      server = await TestServer.start({ workPerSecond: 1, workBurst: 182, refusalsTolerated: 5 });
      const mallory = await server.join("mallory");
      assert.equal((await mallory.ask(Opcode.LIST)).opcode, Opcode.LIST);
      const refused = fromBinary(ErrorSchema, (await mallory.ask(Opcode.LIST)).body);
      assert.equal(refused.code, ErrorCode.RATE_LIMITED);
      assert.ok(refused.retryAfterMs > 9000 && refused.retryAfterMs <= 10_000);
      for (let more = 0; more < 10; more++) mallory.line.send(Opcode.LIST, 100 + more, new Uint8Array());
      const last = await mallory.find((one) => one.opcode === Opcode.ERROR && one.id === 0);
      const { code, retryAfterMs } = fromBinary(ErrorSchema, last.body);
      assert.equal(code, ErrorCode.RATE_LIMITED);
      assert.ok(retryAfterMs > 9000 && retryAfterMs <= 10_000, "also who is cut is told");
      await mallory.ended;
    });

    it("who do not confirm neither delay their peer nor use up the server's memory", async () => {
      server = await TestServer.start({ confirmDeadlineMs: 30, unconfirmedItems: 8, mailboxBytes: 8000 });
      const alice = await server.join("alice");
      const bob = await server.join("bob");
      const conversation = await talking(alice, bob);
      bob.confirming = false;
      const outcomes = await Promise.all(["a", "b", "c", "d"].map((text) => alice.send(conversation, text)));
      assert.deepEqual(outcomes, ["STORED", "STORED", "STORED", "STORED"]);
      assert.equal(await alice.send(conversation, "x".repeat(2000)), "MAILBOX_FULL");
      assert.deepEqual([await bob.read(), await bob.read()], ["a", "b"]);
      assert.equal(bob.unread.filter((one) => one.opcode === Opcode.MESSAGE).length, 0);
    });

    it("who send nothing are cut, unless they answer a ping", async () => {
      server = await TestServer.start({ keepAliveMs: 20, deadAfterMs: 1500 });
      const alice = await server.join("alice");
      const bob = await server.join("bob");
      const began = performance.now();
      const alive = setInterval(() => alice.line.send(Opcode.PING, 0, new Uint8Array()), 20);
      await bob.next(Opcode.PING);
      await alice.seeLeave("bob");
      clearInterval(alive);
      assert.ok(performance.now() - began >= 1400);
      await bob.ended;
      assert.ok(server.log.includes('"silent"'));
    });

    it("who never read are cut before they fill the memory", async () => {
      server = await TestServer.start({
        unreadBytes: 256 * 1024,
        unconfirmedBytes: 64 * 1024 * 1024,
        mailboxBytes: 4000,
      });
      const alice = await server.join("alice");
      const bob = await server.join("bob");
      const conversation = await talking(alice, bob);
      bob.stopReading();
      const outcomes = await Promise.all(
        Array.from({ length: 200 }, () => alice.send(conversation, "x".repeat(60_000))),
      );
      assert.ok(outcomes.includes("MAILBOX_FULL"));
      await alice.seeLeave("bob");
      assert.ok(server.log.includes("reads-too-slowly"));
    });
  });

  describe("strangers", () => {
    let alice: RawClient;
    let bob: RawClient;
    async function withTwoPeople(limits = {}) {
      server = await TestServer.start(limits);
      alice = await server.join("alice");
      bob = await server.join("bob");
    }

    it("who send garbage, huge lengths or a replayed handshake are cut, with a reason in the log", async () => {
      await withTwoPeople();
      const first = ends().client.start();
      const cases: [string, Uint8Array[]][] = [
        ["frame-too-large", [Buffer.from("ffffffff", "hex")]],
        ["frame-too-large", [Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
        ["bad-handshake", [frame(randomBytes(1216))]],
        ["bad-handshake", [frame(new Uint8Array())]],
        ["bad-handshake", [frame(first), frame(randomBytes(300))]],
        ["bad-handshake", [frame(first), frame(first)]],
      ];
      for (const [reason, chunks] of cases) {
        const before = server.log.length;
        await (await stranger(...chunks)).gone;
        await logged(reason);
        assert.ok(server.log.slice(before).includes(reason), reason);
      }
      const conversation = await talking(alice, bob);
      assert.equal(await alice.send(conversation, "undisturbed"), "RECEIVED");
    });

    it("who are slow are cut at the deadline, even when they keep sending bytes", async () => {
      await withTwoPeople({ handshakeDeadlineMs: 500 });
      const { socket, gone } = await stranger();
      const bytes = frame(ends().client.start());
      let at = 0;
      const drip = setInterval(() => socket.write(bytes.subarray(at, ++at)), 5);
      socket.once("close", () => clearInterval(drip));
      const began = performance.now();
      await gone;
      assert.ok(performance.now() - began < 5000);
      await logged("handshake-deadline");
    });

    it("with a thousand half-finished handshakes do not keep honest people out", async () => {
      await withTwoPeople();
      const conversation = await talking(alice, bob);
      const first = frame(ends().client.start());
      const sockets = await Promise.all(
        Array.from({ length: 1000 }, (_, at) => stranger(...(at % 2 ? [first] : []))),
      );
      for (let number = 0; number < 20; number++)
        assert.equal(await alice.send(conversation, String(number)), "RECEIVED");
      const carol = await server.connect("carol", { inviteToken: await server.invite() });
      assert.deepEqual((await carol.welcome()).toSorted(), ["alice", "bob"]);
      await logged("evicted");
      for (const { socket } of sockets) socket.destroy();
    });
  });
});
