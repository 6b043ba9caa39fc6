/**
 * A client's lifecycle, with a server under the test's control: signing in, deadlines, and every kind of end.
 */
import assert from "node:assert/strict";
import { mock } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Channel } from "../../protocol/channel/channel.ts";
import { Client } from "../../protocol/client/client.ts";
import { NetworkError, ProtocolError, RefusedError, TrustError, UsageError } from "../../protocol/errors.ts";
import {
  CONNECT_DEADLINE_MS,
  DEAD_AFTER_MS,
  HANDSHAKE_DEADLINE_MS,
  KEEP_ALIVE_MS,
} from "../../protocol/limits.ts";
import { idBytes, newConversationId, username } from "../../protocol/names.ts";
import {
  AckSchema,
  ErrorCode,
  ErrorSchema,
  NotifySchema,
  Opcode,
  Presence,
  QuitReason,
  QuitSchema,
  UserListSchema,
} from "../../protocol/wire/parley_pb.ts";
import { alice, clientBench } from "../fixtures/client-bench.ts";
import { type ScriptedLine, ScriptedServer } from "../fixtures/scripted-server.ts";
import { until, withCode } from "../fixtures/waiting.ts";

const bob = username("bob");
const bobsKey = new Uint8Array(32).fill(5);

describe("a client's lifecycle", () => {
  const bench = clientBench();

  describe("signing in", () => {
    it("goes from idle through connecting to online, with the list already present", async () => {
      const states: string[] = [bench.client.state.type];
      bench.client.on("state", (state) => states.push(`${state.type} with ${bench.client.users.size}`));
      const connected = bench.client.connect();
      const line = await bench.server.accept();
      line.send(Opcode.LIST, 0, UserListSchema, {
        users: [{ name: bob, identityKey: bobsKey, presence: Presence.ONLINE }],
      });
      await connected;
      assert.deepEqual(states, ["idle", "connecting with 0", "online with 1"]);
      assert.equal(line.client.name, alice);
    });

    it("returns one promise for any number of calls of connect()", async () => {
      const first = bench.client.connect();
      assert.equal(bench.client.connect(), first);
      (await bench.server.accept()).letIn();
      await first;
      assert.equal(bench.server.connections, 1);
    });

    it("sends the invite's token until the first sign-in, and not after it", async () => {
      const inviteToken = new Uint8Array(20).fill(9);
      bench.client = new Client(bench.options({ inviteToken }));
      const connected = bench.client.connect();
      const first = await bench.server.accept();
      first.destroy(); // Lost before 1.3: the token must be sent again.
      const second = await bench.server.accept();
      for (const { client: facts } of [first, second])
        assert.deepEqual(new Uint8Array(facts.inviteToken ?? []), inviteToken);
      second.letIn();
      await connected;
      second.destroy();
      assert.equal((await bench.server.accept()).client.inviteToken, undefined);
    });

    for (const [code, name] of [
      [ErrorCode.AUTH_REFUSED, "auth-refused"],
      [ErrorCode.NAME_TAKEN, "name-taken"],
      [ErrorCode.INVITE_USED, "invite-used"],
      [ErrorCode.NOT_ALLOWED, "not-allowed"],
    ] as const) {
      it(`fails permanently when 1.3 says ${name}`, async () => {
        const connected = bench.client.connect();
        (await bench.server.accept()).send(Opcode.ERROR, 0, ErrorSchema, { code });
        await assert.rejects(connected, withCode(RefusedError, name));
        assert.equal(bench.client.state.type, "closed");
        assert.ok(bench.client.state.type === "closed" && bench.client.state.error instanceof RefusedError);
        await assert.rejects(bench.client.connect(), withCode(UsageError, "closed"));
        assert.equal(bench.server.connections, 1);
      });
    }

    it("fails permanently when the certificate is another CA's, without sending the name", async () => {
      bench.client = new Client(bench.options({ caFingerprint: new Uint8Array(32) }));
      await assert.rejects(bench.client.connect(), withCode(TrustError, "wrong-ca"));
      assert.ok(bench.client.state.type === "closed" && bench.client.state.error instanceof TrustError);
    });

    it("refuses a revocation list older than the known number, and reports the number that it saw", async () => {
      await bench.signIn();
      const seen = bench.client.minimumCrlNumber ?? assert.fail("no number");
      const later = new Client(bench.options({ minimumCrlNumber: seen + 1n }));
      await assert.rejects(later.connect(), withCode(TrustError, "revocation-list-invalid"));
    });

    it("tries again after a temporary refusal, no sooner than asked", async () => {
      void bench.client.connect();
      const before = Date.now();
      (await bench.server.accept()).send(Opcode.ERROR, 0, ErrorSchema, {
        code: ErrorCode.RATE_LIMITED,
        retryAfterMs: 5000,
      });
      const { retryAt, error } = await until(bench.client, "waiting");
      assert.ok(retryAt >= before + 5000, `${retryAt - before} ms`);
      assert.ok(withCode(RefusedError, "rate-limited")(error));
      bench.client.reconnectNow();
      (await bench.server.accept()).letIn();
      await until(bench.client, "online");
    });

    it("treats anything but LIST first as a protocol error", async () => {
      void bench.client.connect();
      (await bench.server.accept()).send(Opcode.ACK, 1, AckSchema, {});
      assert.ok(withCode(ProtocolError, "bad-message")((await until(bench.client, "waiting")).error));
    });
  });

  describe("deadlines", () => {
    it("gives up on a server that accepts the connection and stays silent", async () => {
      bench.server.shakesHands = false;
      mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
      void bench.client.connect();
      while (bench.server.connections === 0) await new Promise(setImmediate);
      mock.timers.tick(Math.max(CONNECT_DEADLINE_MS, HANDSHAKE_DEADLINE_MS));
      assert.ok(withCode(NetworkError, "timeout")((await until(bench.client, "waiting")).error));
    });

    it("gives up on a server that never sends 1.3", async () => {
      mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
      void bench.client.connect();
      await bench.server.accept();
      await new Promise(setImmediate);
      mock.timers.tick(HANDSHAKE_DEADLINE_MS);
      assert.ok(withCode(NetworkError, "timeout")((await until(bench.client, "waiting")).error));
    });

    it("pings a silent server, stays connected on an answer, and gives up without one", async () => {
      mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.now() });
      const line = await bench.signIn();
      // It checks three times per interval; at the second check the PING is due.
      mock.timers.tick(KEEP_ALIVE_MS / 3);
      mock.timers.tick(KEEP_ALIVE_MS / 3);
      const ping = await line.next();
      assert.equal(ping.opcode, Opcode.PING);
      line.sendBytes(Opcode.ACK, ping.id, new Uint8Array());
      // A PING of the server's own, which the client answers, follows the ACK: its answer shows that the ACK
      // has been read.
      line.sendBytes(Opcode.PING, 77, new Uint8Array());
      const pong = await line.next();
      assert.deepEqual([pong.opcode, pong.id], [Opcode.ACK, 77]);
      mock.timers.tick(DEAD_AFTER_MS - 1);
      assert.equal(bench.client.state.type, "online");
      mock.timers.tick(KEEP_ALIVE_MS);
      assert.ok(withCode(NetworkError, "timeout")((await until(bench.client, "waiting")).error));
    });

    it("treats the line as dead after the computer slept", async () => {
      mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.now() });
      await bench.signIn();
      mock.timers.setTime(Date.now() + 8 * 3_600_000); // The clock advanced, no timer fired.
      assert.equal(bench.client.state.type, "online");
      mock.timers.tick(KEEP_ALIVE_MS);
      const { error } = await until(bench.client, "waiting");
      assert.ok(withCode(NetworkError, "timeout")(error));
    });
  });

  describe("ending", () => {
    it("sends QUIT, rejects pending requests, and can be called twice", async () => {
      const line = await bench.signIn();
      const waiting = bench.client.list();
      await line.next();
      const closing = bench.client.close();
      assert.equal(bench.client.state.type, "closed");
      assert.equal(bench.client.close(), closing);
      await assert.rejects(waiting, withCode(UsageError, "closed"));
      await assert.rejects(bench.client.list(), withCode(UsageError, "closed"));
      assert.deepEqual(await line.ended, { type: "clean", reason: QuitReason.USER });
      await closing;
      assert.ok(bench.client.state.type === "closed" && bench.client.state.error === undefined);
    });

    it("sends earlier confirmations first, and delivers nothing afterwards", async () => {
      const line = await bench.signIn();
      const notice = { conversation: idBytes(newConversationId()), peer: bob };
      let heard = 0;
      bench.client.on("notify", (delivered) => {
        heard += 1;
        delivered.confirm();
        void bench.client.close();
      });
      line.send(Opcode.NOTIFY, 1, NotifySchema, notice);
      line.send(Opcode.NOTIFY, 2, NotifySchema, notice);
      assert.equal((await line.next()).id, 1);
      assert.equal((await line.ended).type, "clean");
      assert.equal(heard, 1);
      assert.equal(line.waiting(), 0);
    });

    for (const when of [
      "before connect()",
      "while connecting",
      "during the handshake",
      "while waiting",
    ] as const) {
      it(`can be closed ${when}`, async () => {
        bench.server.shakesHands = when !== "during the handshake";
        let connected: Promise<void> | undefined;
        if (when !== "before connect()") {
          connected = bench.client.connect();
          connected.catch(() => {});
        }
        if (when === "during the handshake")
          while (bench.server.connections === 0) await new Promise(setImmediate);
        if (when === "while waiting") {
          (await bench.server.accept()).destroy();
          await until(bench.client, "waiting");
        }
        await bench.client.close();
        assert.equal(bench.client.state.type, "closed");
        await assert.rejects(connected ?? bench.client.connect(), withCode(UsageError, "closed"));
      });
    }

    it("closes when its scope ends (Symbol.asyncDispose)", async () => {
      {
        await using scoped = new Client(bench.options());
        void scoped.connect();
        const line = (await bench.server.accept()).letIn();
        await until(scoped, "online");
        void line.ended.then(({ type }) => assert.equal(type, "clean"));
        bench.client = scoped;
      }
      assert.equal(bench.client.state.type, "closed");
    });

    it("does not reconnect when the account signed in elsewhere", async () => {
      const line = await bench.signIn();
      line.send(Opcode.ERROR, 0, ErrorSchema, { code: ErrorCode.SUPERSEDED });
      line.close();
      const { error } = await until(bench.client, "closed");
      assert.ok(withCode(RefusedError, "superseded")(error));
      assert.equal(bench.server.connections, 1);
    });

    for (const [what, end, lastWords] of [
      ["refused it", (line) => line.send(Opcode.ERROR, 0, ErrorSchema, { code: ErrorCode.SUPERSEDED }), 0],
      ["sends garbage in place of a record", (line) => line.socket.write(Buffer.alloc(100, 0xff)), 1],
      ["breaks the protocol", (line) => line.sendBytes(Opcode.LIST, 77, Buffer.from("ffff", "hex")), 1],
    ] as const satisfies [string, (line: ScriptedLine) => void, number][])
      it(`leaves a server that ${what} without a reset, and opens no later record`, async () => {
        const line = await bench.signIn();
        const resets: Error[] = [];
        line.socket.on("error", (error) => resets.push(error));
        const opened = mock.method(Channel.prototype, "open");
        try {
          end(line);
          // Each in a record of its own, and more than the client reads in one turn.
          for (let count = 0; count < 15; count++) line.sendBytes(Opcode.PING, 0, new Uint8Array(200_000));
          await line.ended;
          assert.deepEqual(resets, []);
          // The record that ended it, and on the other side the client's answer to it.
          assert.ok(opened.mock.callCount() <= 1 + lastWords, `${opened.mock.callCount()} records opened`);
          assert.equal(line.waiting(Opcode.ERROR), lastWords);
        } finally {
          opened.mock.restore();
        }
      });

    it("reconnects after a server's QUIT, and reports it differently from a cut", async () => {
      const line = await bench.signIn();
      line.sendBytes(
        Opcode.QUIT,
        0,
        toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.SHUTDOWN })),
      );
      assert.ok(withCode(NetworkError, "server-shutdown")((await until(bench.client, "waiting")).error));
      (await bench.server.accept()).letIn();
      await until(bench.client, "online");
    });

    it("keeps trying while there is no server", async () => {
      const { port } = bench.server;
      await bench.server.stop();
      bench.client = new Client(bench.options({ port }));
      const connected = bench.client.connect();
      assert.ok(withCode(NetworkError, "unreachable")((await until(bench.client, "waiting")).error));
      bench.server = await ScriptedServer.start(bench.authority, port);
      bench.client.reconnectNow();
      (await bench.server.accept()).letIn();
      await connected;
    });
  });
});
