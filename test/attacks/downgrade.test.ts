/**
 * Another protocol version or suite than the current one. Neither end negotiates: a peer that uses anything
 * else, even the team's own server with its own keys, fails at the first sealed byte, and a man in the middle
 * would need both.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { Client } from "../../protocol/client/client.ts";
import { type ParleyError, ProtocolError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "../../protocol/limits.ts";
import { username } from "../../protocol/names.ts";
import { FrameReader, frame } from "../../protocol/wire/frame.ts";
import { ServerHelloSchema } from "../../protocol/wire/parley_pb.ts";
import { FrameAttacker } from "../fixtures/frame-attacker.ts";
import { type Dialect, knock, looseAnswer, OURS } from "../fixtures/loose-noise.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { temporaryAuthority } from "../fixtures/scripted-server.ts";
import { withCode } from "../fixtures/waiting.ts";

const OTHERS: readonly (readonly [string, Dialect])[] = [
  ["version 0", { ...OURS, prologue: "parley/0" }],
  ["version 2", { ...OURS, prologue: "parley/2" }],
  ["no version", { ...OURS, prologue: "" }],
  ["the suite without ML-KEM", { ...OURS, hfs: false }],
  ["the suite with ChaChaPoly", { ...OURS, cipher: "ChaChaPoly" }],
  ["the suite with SHA-512", { ...OURS, hash: "SHA512" }],
];

const MALLORY = { name: "mallory" };

describe("a downgrade", () => {
  describe("by a server with the team's own keys", () => {
    let ca: Awaited<ReturnType<typeof temporaryAuthority>>;
    before(async function () {
      this.timeout(180_000);
      ca = await temporaryAuthority();
    });
    after(() => ca.remove());

    /**
     * Connects a client to such a server.
     * @param run receives the client's outcome, and the server's log
     */
    async function meet(
      dialect: Dialect,
      run: (client: Client, wire: FrameAttacker) => Promise<void>,
    ): Promise<void> {
      const { credentials, caFingerprint } = ca.authority;
      const { certificates, revocationList, staticKeySignature, staticKey } = credentials;
      const limits = { maxSealedBytes: 1000, keepAliveMs: 30_000 };
      const hello = toBinary(
        ServerHelloSchema,
        create(ServerHelloSchema, { certificates, revocationList, staticKeySignature, limits }),
      );
      const server = createServer((socket) => {
        const reader = new FrameReader(MAX_HANDSHAKE_FRAME_BYTES);
        socket.on("error", () => {});
        socket.once("data", (chunk) => {
          const [message] = reader.push(chunk);
          if (message !== undefined) socket.write(frame(looseAnswer(dialect, message, staticKey, hello)));
        });
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const wire = await FrameAttacker.start((server.address() as AddressInfo).port);
      const client = new Client({
        ...{ host: "127.0.0.1", port: wire.port, caFingerprint },
        ...{ name: username("alice"), identity: Identity.generate(), inviteToken: new Uint8Array(20) },
      });
      try {
        await run(client, wire);
      } finally {
        await client.close();
        await wire.stop();
        server.close();
      }
    }
    /** Returns why the client gives up; undefined if it sends its name, in the second frame. */
    async function refusal(client: Client, wire: FrameAttacker): Promise<ParleyError | undefined> {
      const named = () => wire.frames.some(({ way, index }) => way === "to server" && index > 0);
      client.connect().catch(() => {});
      while (client.state.type !== "waiting" && !named()) await new Promise((next) => setImmediate(next));
      return named() || client.state.type !== "waiting" ? undefined : client.state.error;
    }

    it("(control) does not happen with the present version and suite: the client sends its name", () =>
      meet(OURS, async (client, wire) => assert.equal(await refusal(client, wire), undefined)));

    for (const [what, dialect] of OTHERS)
      it(`to ${what} is refused before the client sends its name: bad-handshake`, () =>
        meet(dialect, async (client, wire) => {
          const error = await refusal(client, wire);
          assert.ok(withCode(ProtocolError, "bad-handshake")(error), error?.message ?? "it said its name");
        }));
  });

  describe("by a client with an invite", () => {
    let server: RealServer;
    before(async function () {
      this.timeout(180_000);
      server = await RealServer.start();
    });
    after(() => server.remove());

    it("(control) does not happen with the present version and suite: the server checks the client's identity", async () => {
      const from = server.log.lines.length;
      await knock(server.port, OURS, MALLORY);
      assert.equal((await server.log.reason("auth-refused", from)).msg, "sign-in refused");
    });

    for (const [what, dialect] of OTHERS)
      it(`to ${what} is refused by the server: bad-handshake`, async () => {
        const from = server.log.lines.length;
        await knock(server.port, dialect, MALLORY);
        assert.equal((await server.log.reason("bad-handshake", from)).msg, "handshake failed");
      });
  });
});
