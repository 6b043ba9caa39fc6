/** The client against a server that does what the test says: states, ends, and every way a server can break the protocol. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mock } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Client, type ClientOptions } from "../../protocol/client/client.ts";
import { signTalkRequest } from "../../protocol/client/talk-request.ts";
import { NetworkError, ProtocolError, RefusedError, TrustError, UsageError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import {
  CONNECT_DEADLINE_MS,
  DEAD_AFTER_MS,
  HANDSHAKE_DEADLINE_MS,
  KEEP_ALIVE_MS,
  MAX_SEALED_BYTES,
} from "../../protocol/limits.ts";
import { idBytes, newConversationId, newMessageId, username } from "../../protocol/names.ts";
import {
  AckSchema,
  Delivery,
  ErrorCode,
  ErrorSchema,
  InviteSchema,
  NotifySchema,
  Opcode,
  Presence,
  QuitReason,
  QuitSchema,
  RequestToTalkSchema,
  UserListSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import type { Authority } from "../../server/authority/authority.ts";
import { type ScriptedLine, ScriptedServer, temporaryAuthority } from "../fixtures/scripted-server.ts";
import { next, until, withCode } from "../fixtures/waiting.ts";

const alice = username("alice");
const bob = username("bob");
const bobsKey = new Uint8Array(32).fill(5);

describe("client and a scripted server", () => {
  let authority: Authority;
  let removeAuthority: () => Promise<void>;
  let server: ScriptedServer;
  let client: Client;

  const options = (change: Partial<ClientOptions> = {}): ClientOptions => ({
    host: "127.0.0.1",
    port: change.port ?? server.port,
    caFingerprint: authority.caFingerprint,
    name: alice,
    identity: Identity.generate(),
    ...change,
  });
  async function signIn(): Promise<ScriptedLine> {
    const connected = client.connect();
    const line = (await server.accept()).letIn();
    await connected;
    return line;
  }

  before(async function () {
    this.timeout(30_000);
    ({ authority, remove: removeAuthority } = await temporaryAuthority());
  });
  after(() => removeAuthority());
  beforeEach(async () => {
    server = await ScriptedServer.start(authority);
    client = new Client(options());
  });
  afterEach(async () => {
    mock.timers.reset();
    await client.close();
    await server.stop();
  });

  describe("signing in", () => {
    it("goes from idle through connecting to online, with the list already there", async () => {
      const states: string[] = [client.state.type];
      client.on("state", (state) => states.push(`${state.type} with ${client.users.size}`));
      const connected = client.connect();
      const line = await server.accept();
      line.send(Opcode.LIST, 0, UserListSchema, {
        users: [{ name: bob, identityKey: bobsKey, presence: Presence.ONLINE }],
      });
      await connected;
      assert.deepEqual(states, ["idle", "connecting with 0", "online with 1"]);
      assert.equal(line.client.name, alice);
    });

    it("gives one promise however often connect() is called", async () => {
      const first = client.connect();
      assert.equal(client.connect(), first);
      (await server.accept()).letIn();
      await first;
      assert.equal(server.connections, 1);
    });

    it("shows the invite's token until the first sign-in and no more after it", async () => {
      const inviteToken = new Uint8Array(20).fill(9);
      client = new Client(options({ inviteToken }));
      const connected = client.connect();
      const first = await server.accept();
      first.destroy(); // lost before 1.3: the token must come again
      const second = await server.accept();
      for (const { client: facts } of [first, second])
        assert.deepEqual(new Uint8Array(facts.inviteToken ?? []), inviteToken);
      second.letIn();
      await connected;
      second.destroy();
      assert.equal((await server.accept()).client.inviteToken, undefined);
    });

    for (const [code, name] of [
      [ErrorCode.AUTH_REFUSED, "auth-refused"],
      [ErrorCode.NAME_TAKEN, "name-taken"],
      [ErrorCode.INVITE_USED, "invite-used"],
      [ErrorCode.NOT_ALLOWED, "not-allowed"],
    ] as const) {
      it(`is over for good when 1.3 says ${name}`, async () => {
        const connected = client.connect();
        (await server.accept()).send(Opcode.ERROR, 0, ErrorSchema, { code });
        await assert.rejects(connected, withCode(RefusedError, name));
        assert.equal(client.state.type, "closed");
        assert.ok(client.state.type === "closed" && client.state.error instanceof RefusedError);
        await assert.rejects(client.connect(), withCode(UsageError, "closed"));
        assert.equal(server.connections, 1);
      });
    }

    it("is over for good when the certificate is another CA's, and says no name", async () => {
      client = new Client(options({ caFingerprint: new Uint8Array(32) }));
      await assert.rejects(client.connect(), withCode(TrustError, "wrong-ca"));
      assert.ok(client.state.type === "closed" && client.state.error instanceof TrustError);
    });

    it("refuses a revocation list older than one it was told of, and tells the one it saw", async () => {
      await signIn();
      const seen = client.minimumCrlNumber ?? assert.fail("no number");
      const later = new Client(options({ minimumCrlNumber: seen + 1n }));
      await assert.rejects(later.connect(), withCode(TrustError, "revocation-list-invalid"));
    });

    it("tries again after a refusal that passes, no sooner than asked", async () => {
      void client.connect();
      const before = Date.now();
      (await server.accept()).send(Opcode.ERROR, 0, ErrorSchema, {
        code: ErrorCode.RATE_LIMITED,
        retryAfterMs: 5000,
      });
      const { retryAt, error } = await until(client, "waiting");
      assert.ok(retryAt >= before + 5000, `${retryAt - before} ms`);
      assert.ok(withCode(RefusedError, "rate-limited")(error));
      client.reconnectNow();
      (await server.accept()).letIn();
      await until(client, "online");
    });

    it("takes anything but LIST first for a broken protocol", async () => {
      void client.connect();
      (await server.accept()).send(Opcode.ACK, 1, AckSchema, {});
      assert.ok(withCode(ProtocolError, "bad-message")((await until(client, "waiting")).error));
    });
  });

  describe("deadlines", () => {
    it("gives up on a server that takes the connection and says nothing", async () => {
      server.shakesHands = false;
      mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
      void client.connect();
      while (server.connections === 0) await new Promise(setImmediate);
      mock.timers.tick(Math.max(CONNECT_DEADLINE_MS, HANDSHAKE_DEADLINE_MS));
      assert.ok(withCode(NetworkError, "timeout")((await until(client, "waiting")).error));
    });

    it("gives up on a server that never sends 1.3", async () => {
      mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
      void client.connect();
      await server.accept();
      await new Promise(setImmediate);
      mock.timers.tick(HANDSHAKE_DEADLINE_MS);
      assert.ok(withCode(NetworkError, "timeout")((await until(client, "waiting")).error));
    });

    it("pings a silent server, is content with the answer, and gives up on silence", async () => {
      mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.now() });
      const line = await signIn();
      // It looks three times an interval; the second look finds that it is time.
      mock.timers.tick(KEEP_ALIVE_MS / 3);
      mock.timers.tick(KEEP_ALIVE_MS / 3);
      const ping = await line.next();
      assert.equal(ping.opcode, Opcode.PING);
      line.sendBytes(Opcode.ACK, ping.id, new Uint8Array());
      // Its own PING, which the client answers, comes behind the ACK: when that is answered, the ACK has been read.
      line.sendBytes(Opcode.PING, 77, new Uint8Array());
      const pong = await line.next();
      assert.deepEqual([pong.opcode, pong.id], [Opcode.ACK, 77]);
      mock.timers.tick(DEAD_AFTER_MS - 1);
      assert.equal(client.state.type, "online");
      mock.timers.tick(KEEP_ALIVE_MS);
      assert.ok(withCode(NetworkError, "timeout")((await until(client, "waiting")).error));
    });

    it("takes a computer that slept for a dead line", async () => {
      mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.now() });
      await signIn();
      mock.timers.setTime(Date.now() + 8 * 3_600_000); // the clock ran on, no timer fired
      assert.equal(client.state.type, "online");
      mock.timers.tick(KEEP_ALIVE_MS);
      const { error } = await until(client, "waiting");
      assert.ok(withCode(NetworkError, "timeout")(error));
    });
  });

  describe("asking", () => {
    const conversation = newConversationId();
    const ack = (line: ScriptedLine, id: number, delivery: Delivery = Delivery.UNSPECIFIED) =>
      line.send(Opcode.ACK, id, AckSchema, { delivery });

    it("sends each verb under its opcode and gives what the answer says", async () => {
      const line = await signIn();
      const material = new Uint8Array([1, 2, 3]);
      const verbs: readonly (readonly [Opcode, () => Promise<unknown>, Delivery, unknown])[] = [
        [Opcode.RTT, () => client.requestToTalk(bob, conversation), Delivery.RECEIVED, undefined],
        [Opcode.ACCEPT, () => client.accept(bob, conversation, material), Delivery.STORED, "stored"],
        [Opcode.REFUSE, () => client.refuse(bob, conversation), Delivery.STORED, "stored"],
        [
          Opcode.CC_SESSION_ESTABLISHMENT,
          () => client.establish(bob, conversation, material),
          Delivery.RECEIVED,
          "received",
        ],
        [
          Opcode.MESSAGE,
          () => client.send(conversation, newMessageId(), material),
          Delivery.RECEIVED,
          "received",
        ],
        [Opcode.NOTIFY, () => client.notify(bob, conversation), Delivery.STORED, "stored"],
      ];
      for (const [opcode, verb, delivery, expected] of verbs) {
        const result = verb();
        const asked = await line.next();
        assert.equal(asked.opcode, opcode);
        ack(line, asked.id, delivery);
        assert.equal(await result, expected);
      }
      const invite = client.invite(1, 60);
      line.send(Opcode.INVITE, (await line.next()).id, InviteSchema, {
        link: "parley://host:1/join?x",
        expiresAt: 60n,
      });
      assert.deepEqual(await invite, { link: "parley://host:1/join?x", expiresAt: new Date(60_000) });
    });

    it("rejects at once while not online, and what is too large or senseless", async () => {
      await assert.rejects(client.list(), withCode(UsageError, "not-connected"));
      await signIn();
      const tooLarge = client.send(conversation, newMessageId(), new Uint8Array(MAX_SEALED_BYTES + 1));
      await assert.rejects(tooLarge, withCode(UsageError, "too-large"));
      await assert.rejects(client.invite(0, 60), withCode(UsageError, "bad-argument"));
      await assert.rejects(client.invite(1, 2 ** 32), withCode(UsageError, "bad-argument"));
    });

    it("rejects all who wait when the line is cut, and comes back by itself", async () => {
      const line = await signIn();
      const waiting = [client.list(), client.requestToTalk(bob, conversation)];
      await line.next();
      line.socket.destroy();
      for (const result of await Promise.allSettled(waiting))
        assert.ok(result.status === "rejected" && withCode(NetworkError, "cut")(result.reason));
      (await server.accept()).letIn();
      await until(client, "online");
    });

    it("shows a refusal to the one who asked and keeps the line", async () => {
      const line = await signIn();
      const crossed = newConversationId();
      const result = client.requestToTalk(bob, conversation);
      const body = { code: ErrorCode.REQUEST_CROSSED, conversation: idBytes(crossed) };
      line.send(Opcode.ERROR, (await line.next()).id, ErrorSchema, body);
      await assert.rejects(
        result,
        (error) =>
          withCode(RefusedError, "request-crossed")(error) &&
          (error as RefusedError).conversation === crossed,
      );
      assert.equal(client.state.type, "online");
    });

    const broken: readonly (readonly [string, (line: ScriptedLine) => void])[] = [
      ["an answer to nothing", (line) => ack(line, 99)],
      ["an answer with id 0", (line) => ack(line, 0)],
      [
        "a delivery that cannot be confirmed",
        (line) =>
          line.send(Opcode.NOTIFY, 0, NotifySchema, { conversation: idBytes(conversation), peer: bob }),
      ],
      [
        "a name that is none",
        (line) =>
          line.send(Opcode.PRESENCE, 0, UserSchema, {
            name: "<b>",
            identityKey: bobsKey,
            presence: Presence.ONLINE,
          }),
      ],
      [
        "a body that does not parse",
        (line) => line.sendBytes(Opcode.MESSAGE, 1, new Uint8Array([0xff, 0xff])),
      ],
      [
        "a short conversation id",
        (line) => line.send(Opcode.NOTIFY, 1, NotifySchema, { conversation: new Uint8Array(15), peer: bob }),
      ],
    ];
    for (const [what, send] of broken) {
      it(`ends the connection over ${what}, says so, and connects anew`, async () => {
        const line = await signIn();
        const waiting = client.list();
        await line.next();
        send(line);
        await assert.rejects(waiting, withCode(ProtocolError, "bad-message"));
        const complaint = await line.next();
        assert.deepEqual([complaint.opcode, complaint.id], [Opcode.ERROR, 0]);
        (await server.accept()).letIn();
        await until(client, "online");
      });
    }

    it("ends the connection over a second answer and over one of the wrong kind", async () => {
      for (const spoil of [
        (line: ScriptedLine, id: number) => {
          line.send(Opcode.LIST, id, UserListSchema, {});
          line.send(Opcode.LIST, id, UserListSchema, {});
        },
        (line: ScriptedLine, id: number) => ack(line, id),
      ]) {
        const line =
          client.state.type === "online"
            ? assert.fail()
            : await (async () => {
                void client.connect();
                return (await server.accept()).letIn();
              })();
        await until(client, "online");
        client.list().catch(() => {});
        spoil(line, (await line.next()).id);
        assert.ok(withCode(ProtocolError, "bad-message")((await until(client, "waiting")).error));
      }
    });
  });

  describe("hearing", () => {
    const conversation = newConversationId();
    const notice = { conversation: idBytes(conversation), peer: bob };

    it("confirms a delivery once, when told to, and not on another line", async () => {
      let line = await signIn();
      const first = next(client, "notify");
      line.send(Opcode.NOTIFY, 5, NotifySchema, notice);
      const delivered = await first;
      assert.partialDeepStrictEqual(delivered, { conversation, peer: bob });
      delivered.confirm();
      delivered.confirm();
      client.list().catch(() => {});
      const [confirmation, request] = [await line.next(), await line.next()];
      assert.deepEqual([confirmation.opcode, confirmation.id, request.opcode], [Opcode.ACK, 5, Opcode.LIST]);

      const unconfirmed = next(client, "notify");
      line.send(Opcode.NOTIFY, 6, NotifySchema, notice);
      const late = await unconfirmed;
      line.destroy();
      line = (await server.accept()).letIn();
      await until(client, "online");
      late.confirm();
      client.list().catch(() => {});
      assert.equal((await line.next()).opcode, Opcode.LIST);
    });

    it("passes on a request signed by its key, and calls any other forged", async () => {
      const line = await signIn();
      const identity = Identity.generate();
      const request = {
        ...notice,
        identityKey: identity.publicKey,
        signature: signTalkRequest(identity, conversation, bob, alice),
      };
      const heard: string[] = [];
      client.on("request", ({ peer }) => heard.push(`request of ${peer}`));
      client.on("forged", ({ peer, error }) => heard.push(`${error.code} of ${peer}`));
      line.send(Opcode.RTT, 1, RequestToTalkSchema, request);
      line.send(Opcode.RTT, 2, RequestToTalkSchema, {
        ...request,
        identityKey: Identity.generate().publicKey,
      });
      const confirmed = await line.next();
      assert.deepEqual([confirmed.opcode, confirmed.id], [Opcode.ACK, 2]);
      assert.deepEqual(heard, ["request of bob", "identity-mismatch of bob"]);
      assert.equal(client.state.type, "online");
    });

    it("keeps the list by presence, and empties it with the line", async () => {
      const line = await signIn();
      const sizes: number[] = [];
      client.on("users", (users) => sizes.push(users.size));
      line.send(Opcode.PRESENCE, 0, UserSchema, {
        name: bob,
        identityKey: bobsKey,
        presence: Presence.ONLINE,
      });
      await next(client, "users");
      assert.deepEqual(new Uint8Array(client.users.get(bob)?.identityKey ?? []), bobsKey);
      const listed = client.list();
      line.send(Opcode.LIST, (await line.next()).id, UserListSchema, {});
      assert.equal((await listed).size, 0);
      line.send(Opcode.PRESENCE, 0, UserSchema, {
        name: bob,
        identityKey: bobsKey,
        presence: Presence.ONLINE,
      });
      await next(client, "users");
      line.destroy();
      await until(client, "waiting");
      assert.deepEqual(sizes, [1, 0, 1, 0]);
      assert.equal(client.users.size, 0);
    });

    it("goes on when a listener throws: for the other listeners and for what comes after", async () => {
      const line = await signIn();
      const warned = once(process, "warning");
      const heard: string[] = [];
      client.on("notify", () => {
        throw new Error("a listener's own fault");
      });
      client.on("notify", ({ peer }) => heard.push(peer));
      line.send(Opcode.NOTIFY, 1, NotifySchema, notice);
      line.send(Opcode.NOTIFY, 2, NotifySchema, notice);
      line.sendBytes(Opcode.PING, 3, new Uint8Array());
      assert.equal((await line.next()).id, 3);
      assert.deepEqual(heard, [bob, bob]);
      assert.match(String(await warned), /a listener's own fault/);
    });
  });

  describe("ending", () => {
    it("says QUIT, rejects all who wait, and may be told twice", async () => {
      const line = await signIn();
      const waiting = client.list();
      await line.next();
      const closing = client.close();
      assert.equal(client.state.type, "closed");
      assert.equal(client.close(), closing);
      await assert.rejects(waiting, withCode(UsageError, "closed"));
      await assert.rejects(client.list(), withCode(UsageError, "closed"));
      assert.deepEqual(await line.ended, { type: "clean", reason: QuitReason.USER });
      await closing;
      assert.ok(client.state.type === "closed" && client.state.error === undefined);
    });

    it("sends what was confirmed before it, and delivers nothing after it", async () => {
      const line = await signIn();
      const notice = { conversation: idBytes(newConversationId()), peer: bob };
      let heard = 0;
      client.on("notify", (delivered) => {
        heard += 1;
        delivered.confirm();
        void client.close();
      });
      line.send(Opcode.NOTIFY, 1, NotifySchema, notice);
      line.send(Opcode.NOTIFY, 2, NotifySchema, notice);
      assert.equal((await line.next()).id, 1);
      assert.equal((await line.ended).type, "clean");
      assert.equal(heard, 1);
      assert.equal(line.waiting, 0);
    });

    for (const when of [
      "before connect()",
      "while connecting",
      "during the handshake",
      "while waiting",
    ] as const) {
      it(`can be closed ${when}`, async () => {
        server.shakesHands = when !== "during the handshake";
        let connected: Promise<void> | undefined;
        if (when !== "before connect()") {
          connected = client.connect();
          connected.catch(() => {});
        }
        if (when === "during the handshake") while (server.connections === 0) await new Promise(setImmediate);
        if (when === "while waiting") {
          (await server.accept()).destroy();
          await until(client, "waiting");
        }
        await client.close();
        assert.equal(client.state.type, "closed");
        await assert.rejects(connected ?? client.connect(), withCode(UsageError, "closed"));
      });
    }

    it("closes where the scope ends", async () => {
      {
        await using scoped = new Client(options());
        void scoped.connect();
        const line = (await server.accept()).letIn();
        await until(scoped, "online");
        void line.ended.then(({ type }) => assert.equal(type, "clean"));
        client = scoped;
      }
      assert.equal(client.state.type, "closed");
    });

    it("stays away when it signed in elsewhere", async () => {
      const line = await signIn();
      line.send(Opcode.ERROR, 0, ErrorSchema, { code: ErrorCode.SUPERSEDED });
      line.close();
      const { error } = await until(client, "closed");
      assert.ok(withCode(RefusedError, "superseded")(error));
      assert.equal(server.connections, 1);
    });

    it("comes back after a server that said goodbye, and tells that from a cut", async () => {
      const line = await signIn();
      line.sendBytes(
        Opcode.QUIT,
        0,
        toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.SHUTDOWN })),
      );
      assert.ok(withCode(NetworkError, "server-shutdown")((await until(client, "waiting")).error));
      (await server.accept()).letIn();
      await until(client, "online");
    });

    it("keeps trying while there is no server", async () => {
      const { port } = server;
      await server.stop();
      client = new Client(options({ port }));
      const connected = client.connect();
      assert.ok(withCode(NetworkError, "unreachable")((await until(client, "waiting")).error));
      server = await ScriptedServer.start(authority, port);
      client.reconnectNow();
      (await server.accept()).letIn();
      await connected;
    });
  });
});
