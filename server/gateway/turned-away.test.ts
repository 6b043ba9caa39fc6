/** However a connection ends, nothing that the other end still sends is opened, so that it costs no work. */
import assert from "node:assert/strict";
import { type Mock, mock } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Channel } from "../../protocol/channel/channel.ts";
import { username } from "../../protocol/names.ts";
import { ErrorCode, ErrorSchema, Opcode, QuitReason, QuitSchema } from "../../protocol/wire/parley_pb.ts";
import type { ServerLimits } from "../limits.ts";
import { TestServer } from "../server-fixture.ts";
import type { RawClient } from "./raw-client-fixture.ts";

const EMPTY = new Uint8Array(0);
const RECORDS = 300;

interface Ending {
  readonly limits?: Partial<ServerLimits>;
  /**
   * Makes the server end the connection.
   * @returns its client, which has not read that it is over
   */
  end(server: TestServer): Promise<RawClient>;
}

async function mallory(server: TestServer): Promise<RawClient> {
  const client = await server.join("mallory");
  await client.keepTalking();
  return client;
}
/** Sends a message, and waits until the server has ended the connection because of it. */
async function saying(server: TestServer, opcode: Opcode, id: number, body: Uint8Array): Promise<RawClient> {
  const client = await mallory(server);
  client.line.send(opcode, id, body);
  await isAway(server);
  return client;
}
/** Waits until the server has ended Mallory's connection. */
async function isAway(server: TestServer): Promise<void> {
  while (server.metric("parley_users_online") !== 0) await new Promise(setImmediate);
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  AUTH_REFUSED: {
    async end(server) {
      const client = await server.connect("mallory");
      await client.keepTalking();
      return client;
    },
  },
  "an invalid invite": {
    async end(server) {
      const client = await server.connect("mallory", { inviteToken: new Uint8Array(20) });
      await client.keepTalking();
      return client;
    },
  },
  "a request before 1.3": {
    async end(server) {
      const inviteToken = await server.invite();
      let resolve = () => {};
      const disk = new Promise<void>((done) => {
        resolve = done;
      });
      const commit = mock.method(server.store, "committed", () => disk);
      const client = await server.connect("mallory", { inviteToken });
      await client.keepTalking();
      client.line.send(Opcode.PING, 0, EMPTY);
      while (server.metric("parley_connections_ended_total", 'reason="bad-message"') !== 1)
        await new Promise(setImmediate);
      commit.mock.restore();
      resolve();
      return client;
    },
  },
  BAD_MESSAGE: { end: (server) => saying(server, Opcode.ACK, 7, EMPTY) },
  "a body that does not parse": {
    end: (server) => saying(server, Opcode.REFUSE, 7, Buffer.from("ffff", "hex")),
  },
  RATE_LIMITED: {
    limits: { workPerSecond: 1, workBurst: 160, refusalsTolerated: 1 },
    async end(server) {
      const client = await mallory(server);
      for (let count = 0; count < 30; count++) client.line.send(Opcode.LIST, 0, EMPTY);
      await isAway(server);
      return client;
    },
  },
  SUPERSEDED: {
    async end(server) {
      const client = await mallory(server);
      await server.join("mallory");
      return client;
    },
  },
  "being revoked": {
    async end(server) {
      const client = await mallory(server);
      const beside = await server.openStoreBeside();
      beside.directory.revoke(username("mallory"), Date.now());
      beside.close();
      await isAway(server);
      return client;
    },
  },
  "giving the line up": {
    end: (server) =>
      saying(
        server,
        Opcode.ERROR,
        0,
        toBinary(ErrorSchema, create(ErrorSchema, { code: ErrorCode.BAD_MESSAGE })),
      ),
  },
  QUIT: {
    end: (server) =>
      saying(server, Opcode.QUIT, 0, toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.USER }))),
  },
  "a server that stops": {
    limits: { drainMs: 300 },
    async end(server) {
      const client = await mallory(server);
      // The test still reads metrics from it.
      mock.method(server.store, "close", () => {});
      void server.stop();
      await isAway(server);
      return client;
    },
  },
};

describe("a client that was turned away", () => {
  let server: TestServer;
  let opened: Mock<Channel["open"]>;
  afterEach(async () => {
    mock.restoreAll();
    await server.remove();
  });

  for (const [what, { limits, end }] of Object.entries(ENDINGS))
    it(`by ${what} and keeps sending gets no record opened`, async () => {
      server = await TestServer.start(limits);
      const client = await end(server);
      const connections = server.metric("parley_connections") ?? 0;
      opened = mock.method(Channel.prototype, "open");
      for (let count = 0; count < RECORDS; count++) {
        client.line.send(Opcode.PING, 0, EMPTY);
        await new Promise(setImmediate);
      }
      client.line.close();
      // Until the server has read all of it.
      while (server.metric("parley_connections") === connections) await new Promise(setImmediate);
      assert.equal(opened.mock.callCount(), 0);
    });
});
