/** Tests of the pipe's handshake and its bounds. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageConnection } from "vscode-jsonrpc/node";
import { frame } from "../../protocol/wire/frame.ts";
import { greetAsFollower, greetAsLeader, TOKEN_BYTES } from "./pipe-handshake.ts";
import { connectionOver } from "./pipe-transport.ts";

const MAX_BYTES = 1000;

describe("the windows' pipe", () => {
  const token = randomBytes(TOKEN_BYTES);
  let folder: string;
  let server: Server;
  let near: Socket;
  let far: Socket;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "parley-pipe-"));
    const path =
      process.platform === "win32" ? `\\\\.\\pipe\\${folder.split("\\").at(-1)}` : join(folder, "pipe");
    server = createServer().listen(path);
    await once(server, "listening");
    const connected = once(server, "connection");
    near = createConnection(path);
    [far] = (await connected) as [Socket];
    for (const socket of [near, far]) socket.on("error", () => {});
  });
  afterEach(() => {
    near.destroy();
    far.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("during the handshake", () => {
    it("accepts a window that knows the token, and loses nothing that follows at once", async () => {
      const leader = greetAsLeader(far, token);
      const reader = await greetAsFollower(near, token);
      near.write(frame(Buffer.from('{"jsonrpc":"2.0","method":"hello"}')));
      const connection = connectionOver(far, await leader, MAX_BYTES);
      const heard = new Promise((resolve) => connection.onNotification((method) => resolve(method)));
      connection.listen();
      assert.equal(await heard, "hello");
      assert.ok(reader);
    });

    it("rejects one with another token, and tells it nothing", async () => {
      const [leader, follower] = await Promise.allSettled([
        greetAsLeader(far, token),
        greetAsFollower(near, randomBytes(TOKEN_BYTES)),
      ]);
      assert.equal(leader.status, "rejected");
      assert.equal(follower.status, "rejected");
      assert.ok(near.destroyed && far.destroyed);
    });

    it("sends no proof to a process that only listens under the pipe's name", async () => {
      const heard: Buffer[] = [];
      far.on("data", (chunk: Buffer) => heard.push(chunk));
      const follower = greetAsFollower(near, token);
      await once(far, "data");
      far.write(frame(randomBytes(64)));
      await assert.rejects(follower);
      assert.equal(Buffer.concat(heard).length, 4 + 32, "only the random bytes");
    });

    it("does not accept the leader's own proof, reflected, as the follower's", async () => {
      const leader = greetAsLeader(far, token);
      near.write(frame(randomBytes(32)));
      const [answer] = (await once(near, "data")) as [Buffer];
      near.write(frame(answer.subarray(4 + 32)));
      await assert.rejects(leader);
    });

    for (const [what, bytes] of [
      ["garbage", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
      ["a frame too large", Buffer.from([0, 1, 0, 0])],
      ["too few random bytes", frame(randomBytes(31))],
    ] as const)
      it(`ends at ${what}`, async () => {
        const leader = greetAsLeader(far, token);
        near.write(bytes);
        near.write(frame(randomBytes(32)));
        await assert.rejects(leader);
        assert.ok(far.destroyed);
      });

    it("ends when the other end goes away", async () => {
      const leader = greetAsLeader(far, token);
      near.destroy();
      await assert.rejects(leader);
    });
  });

  describe("after the handshake", () => {
    let connection: MessageConnection;

    beforeEach(async () => {
      const [reader] = await Promise.all([greetAsLeader(far, token), greetAsFollower(near, token)]);
      connection = connectionOver(far, reader, MAX_BYTES);
    });

    it("reads messages split in any way", async () => {
      const heard: unknown[] = [];
      const both = new Promise<void>((resolve) =>
        connection.onNotification((_, value: unknown) => {
          if (heard.push(value) === 2) resolve();
        }),
      );
      connection.listen();
      const bytes = Buffer.concat(
        [1, 2].map((value) =>
          frame(Buffer.from(JSON.stringify({ jsonrpc: "2.0", method: "m", params: { value } }))),
        ),
      );
      for (const byte of bytes) near.write(Buffer.from([byte]));
      await both;
      assert.deepEqual(heard, [{ value: 1 }, { value: 2 }]);
    });

    const good = frame(Buffer.from('{"jsonrpc":"2.0","method":"m","params":{}}'));
    for (const [what, bytes] of [
      ["a message above the bound", frame(Buffer.alloc(MAX_BYTES + 1, 0x20))],
      [
        "a length above the bound, behind a good message",
        Buffer.concat([good, Buffer.from([0xff, 0, 0, 0])]),
      ],
      ["bytes that are not JSON", frame(Buffer.from("not JSON"))],
      ["JSON that is not JSON-RPC", frame(Buffer.from('["jsonrpc"]'))],
      ["random bytes", randomBytes(200)],
    ] as const)
      it(`ends at ${what}`, async () => {
        connection.listen();
        near.write(bytes);
        // Random bytes may announce a frame that never comes.
        if (what === "random bytes") near.end();
        await once(far, "close");
      });

    it("rejects pending requests when the pipe ends", async () => {
      connection.listen();
      const asked = connection.sendRequest("never");
      near.destroy();
      await assert.rejects(asked);
    });
  });
});
