import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { closed } from "../protocol/channel/closed-fixture.ts";
import { base64, credentials, stored } from "../protocol/channel/handshake-fixture.ts";
import { parseInvite } from "../protocol/identity/invite.ts";
import { newMessageId } from "../protocol/names.ts";
import {
  ErrorCode,
  ErrorSchema,
  InviteRequestSchema,
  InviteSchema,
  Opcode,
  QuitReason,
  QuitSchema,
  UserListSchema,
} from "../protocol/wire/parley_pb.ts";
import { talking } from "./gateway/raw-client-fixture.ts";
import { TestServer } from "./server-fixture.ts";

describe("server", () => {
  let server: TestServer;
  afterEach(() => server.remove());

  /**
   * Connects and sends bytes.
   * @returns the socket, and a promise that resolves when the server hangs up
   */
  async function stranger(...chunks: Uint8Array[]): Promise<{ socket: Socket; gone: Promise<unknown> }> {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    const gone = closed(socket);
    await once(socket, "connect");
    socket.resume();
    for (const chunk of chunks) socket.write(chunk);
    return { socket, gone };
  }
  it("logs no failed handshake when a local program only probes the port", async () => {
    server = await TestServer.start();
    const failed = () => server.log.split("handshake failed").length - 1;
    const look = await stranger();
    look.socket.end();
    await look.gone;
    const tried = await stranger(Uint8Array.of(0));
    tried.socket.end();
    await tried.gone;
    while (failed() === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(failed(), 1, "the one that said something");
  });

  describe("people", () => {
    it("are listed at sign-in, and shown to the others as they come and go", async () => {
      server = await TestServer.start();
      const alice = await server.join("alice");
      const bob = await server.connect("bob", { inviteToken: await server.invite() });
      assert.deepEqual(await bob.welcome(), ["alice"]);
      await alice.next(Opcode.PRESENCE);
      const list = fromBinary(UserListSchema, (await alice.ask(Opcode.LIST)).body);
      assert.deepEqual(
        list.users.map((one) => one.name),
        ["bob"],
      );
      assert.deepEqual(Buffer.from(list.users[0]?.identityKey ?? []), Buffer.from(bob.identity.publicKey));
      bob.line.send(Opcode.QUIT, 0, toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.USER })));
      await alice.seeLeave("bob");
    });

    it("who are refused get an ERROR and nothing more", async () => {
      server = await TestServer.start();
      await server.join("alice");
      const cases: [string, Awaited<ReturnType<typeof server.connect>>][] = [
        ["AUTH_REFUSED", await server.connect("nobody")],
        ["AUTH_REFUSED", await server.connect("alice", { identity: server.identity("mallory") })],
        ["INVITE_INVALID", await server.connect("nobody", { inviteToken: randomBytes(20) })],
        ["INVITE_USED", await server.connect("nobody", { inviteToken: await server.invite({ uses: 0 }) })],
        [
          "INVITE_EXPIRED",
          await server.connect("nobody", { inviteToken: await server.invite({ expiresAt: 1 }) }),
        ],
        [
          "NAME_TAKEN",
          await server.connect("alice", {
            identity: server.identity("mallory"),
            inviteToken: await server.invite(),
          }),
        ],
      ];
      for (const [code, client] of cases) {
        assert.equal(await client.lastError(), code);
        await client.ended;
        assert.deepEqual(client.unread, []);
      }
    });

    it("who sign in twice keep the second line, and lose no delivery in flight", async () => {
      server = await TestServer.start();
      const alice = await server.join("alice");
      const bob = await server.join("bob");
      const conversation = await talking(alice, bob);
      bob.confirming = false;
      const sent = alice.send(conversation, "to which of you?");
      await bob.next(Opcode.MESSAGE);
      const second = await server.join("bob");
      assert.equal(await bob.lastError(), "SUPERSEDED");
      await bob.ended;
      assert.equal(await sent, "STORED");
      assert.equal(await second.read(), "to which of you?");
      assert.equal(await alice.send(conversation, "there you are"), "RECEIVED");
    });

    it("who connect after the certificate or its list was renewed are shown the new one", async () => {
      const revocationList = base64(stored.revocationListNamingTheServer);
      const authority = {
        credentials: { ...credentials, revocationList },
        refresh: async () => {},
        dropExpired: async () => {},
      };
      server = await TestServer.start({}, { authority });
      await assert.rejects(server.connect("alice"), { code: "certificate-revoked" });
      authority.credentials = credentials;
      await server.join("alice");
    });

    it("revoked from the command line are disconnected at once, and their chats end", async () => {
      server = await TestServer.start();
      const alice = await server.join("alice");
      const bob = await server.join("bob");
      const conversation = await talking(alice, bob);
      const beside = await server.openStoreBeside();
      beside.directory.revoke(bob.name, Date.now());
      beside.close();
      assert.equal(await bob.lastError(), "AUTH_REFUSED");
      await alice.next(Opcode.NOTIFY);
      await alice.seeLeave("bob");
      assert.equal(await alice.send(conversation, "anybody?"), "NO_CONVERSATION");
      assert.equal(await (await server.connect("bob")).lastError(), "AUTH_REFUSED");
    });

    it("can invite, within bounds", async () => {
      server = await TestServer.start({ memberInvites: 2 });
      const alice = await server.join("alice");
      const ask = (uses: number, expiresSeconds: number) =>
        alice.ask(
          Opcode.INVITE,
          toBinary(InviteRequestSchema, create(InviteRequestSchema, { uses, expiresSeconds })),
        );
      const answer = await ask(2, 3600);
      const { link, expiresAt } = fromBinary(InviteSchema, answer.body);
      const invite = parseInvite(link);
      assert.equal(invite.port, server.port);
      assert.equal(Number(expiresAt), invite.expiresAt.getTime() / 1000);
      const bob = await server.connect("bob", { inviteToken: invite.token });
      await bob.welcome();
      for (const [uses, seconds] of [
        [0, 60],
        [11, 60],
        [1, 0],
        [1, 8 * 24 * 3600],
      ] as const)
        assert.equal(fromBinary(ErrorSchema, (await ask(uses, seconds)).body).code, ErrorCode.NOT_ALLOWED);
      assert.equal((await ask(1, 60)).opcode, Opcode.INVITE);
      assert.equal(fromBinary(ErrorSchema, (await ask(1, 60)).body).code, ErrorCode.TOO_MANY_INVITES);
    });

    it("cannot invite when the operator has disabled it", async () => {
      server = await TestServer.start({}, { memberInvites: false });
      const alice = await server.join("alice");
      const body = toBinary(
        InviteRequestSchema,
        create(InviteRequestSchema, { uses: 1, expiresSeconds: 60 }),
      );
      assert.equal(
        fromBinary(ErrorSchema, (await alice.ask(Opcode.INVITE, body)).body).code,
        ErrorCode.NOT_ALLOWED,
      );
    });
  });

  it("sends QUIT when it stops, after storing deliveries in flight", async () => {
    server = await TestServer.start();
    const alice = await server.join("alice");
    const bob = await server.join("bob");
    const conversation = await talking(alice, bob);
    bob.confirming = false;
    const sent = alice.send(conversation, "in the last moment");
    await bob.next(Opcode.MESSAGE);
    const half = await stranger();
    await server.stop();
    assert.equal(await sent, "STORED");
    assert.deepEqual(await alice.ended, { type: "clean", reason: QuitReason.SHUTDOWN });
    assert.deepEqual(await bob.ended, { type: "clean", reason: QuitReason.SHUTDOWN });
    await half.gone;
    await server.start();
    assert.equal(await (await server.join("bob")).read(), "in the last moment");
  });

  it("logs no content, keys or tokens, and names at debug only", async () => {
    server = await TestServer.start();
    const inviteToken = await server.invite();
    const alice = await server.connect("alice", { inviteToken });
    await alice.welcome();
    const bob = await server.join("bob");
    const conversation = await talking(alice, bob);
    await alice.send(conversation, "the secret plan", newMessageId());
    await bob.read();
    await alice.notify("bob", conversation);
    await (await server.connect("mallory", { inviteToken: randomBytes(20) })).lastError();
    await server.stop();
    const secrets = [
      inviteToken,
      alice.identity.publicKey,
      alice.identity.exportSeed(),
      Buffer.from("the secret plan"),
    ];
    for (const secret of secrets)
      for (const spelling of ["utf8", "hex", "base64", "base64url", "latin1"] as const)
        assert.ok(!server.log.includes(Buffer.from(secret).toString(spelling)), spelling);
    assert.ok(!server.log.includes(conversation));
    const lines = server.log
      .trim()
      .split("\n")
      .map((line): { level: number } => JSON.parse(line));
    assert.ok(lines.length > 3);
    for (const line of lines) if (line.level > 20) assert.ok(!/alice|bob|mallory/.test(JSON.stringify(line)));
    await server.start();
  });
});
