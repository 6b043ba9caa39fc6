/**
 * The pipe between windows, over real sockets: strangers at both ends who do not know the secret, and windows that know
 * it and then send messages that no window sends. A stranger is disconnected; a window is answered or disconnected.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { ResponseError } from "vscode-jsonrpc/node";
import { CALLS, checkParams } from "../../../messenger/calls.ts";
import { writeEndpoint } from "../../../messenger/sharing/endpoint-file.ts";
import { Follower } from "../../../messenger/sharing/follower.ts";
import { FollowerConnection } from "../../../messenger/sharing/follower-connection.ts";
import { KnownSecrets } from "../../../messenger/sharing/known-secrets.ts";
import { greetAsFollower, greetAsLeader } from "../../../messenger/sharing/pipe-handshake.ts";
import { FAULT, focusSchema, MAX_ANSWER_BYTES, VERSION } from "../../../messenger/sharing/pipe-messages.ts";
import { frame } from "../../../protocol/wire/frame.ts";
import { MemoryVault } from "../../fixtures/messengers.ts";
import { forKind, type Target, utf8 } from "../target.ts";

const TOKEN = Buffer.alloc(32, 9);
const ID = "0123456789abcdef0123456789abcdef";
const VIEW = {
  ...{ people: [], peopleGone: [], chats: [], chatsGone: [] },
  ...{ blocksClaimed: [], blocksNotClaimed: [] },
};
const CALLS_MADE = [
  { jsonrpc: "2.0", id: 1, method: "send", params: { peer: "bob", text: "hello", id: ID } },
  { jsonrpc: "2.0", id: "x", method: "messages", params: { peer: "bob", stretch: { limit: 5 } } },
  { jsonrpc: "2.0", method: "focus", params: { focused: true, at: 5 } },
  { jsonrpc: "2.0", id: 2, method: "blocked", params: {} },
  { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: 1 } },
];
const NOTIFICATIONS = [
  { jsonrpc: "2.0", method: "view", params: VIEW },
  { jsonrpc: "2.0", method: "locked", params: {} },
  { jsonrpc: "2.0", id: 0, result: [] },
  {
    jsonrpc: "2.0",
    id: 0,
    error: { code: 1, message: "m", data: { kind: "usage", code: "closed", detail: "" } },
  },
  { jsonrpc: "2.0", method: "$/progress", params: { token: 1, value: 2 } },
];

export async function open(): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
  const path = join(directory, "pipe");
  const server = createServer().listen(path);
  await once(server, "listening");
  writeEndpoint(directory, { pipe: path, token: TOKEN, version: VERSION, process: process.pid });
  const pair = async (): Promise<readonly [near: Socket, far: Socket]> => {
    const connected = once(server, "connection");
    const near = createConnection(path);
    const [far] = (await connected) as [Socket];
    for (const socket of [near, far]) socket.on("error", () => {});
    return [near, far];
  };
  const kinds: readonly ((bytes: Uint8Array) => Promise<void>)[] = [
    async (bytes) => {
      const [near, far] = await pair();
      near.resume().end(bytes);
      await assert.rejects(greetAsLeader(far, TOKEN));
      assert.ok(far.destroyed);
      near.destroy();
    },
    async (bytes) => {
      const [near, far] = await pair();
      near.resume().end(bytes);
      await assert.rejects(greetAsFollower(far, TOKEN));
      assert.ok(far.destroyed);
      near.destroy();
    },
    async (bytes) => {
      const [near, far] = await pair();
      const [reader] = await Promise.all([greetAsLeader(far, TOKEN), greetAsFollower(near, TOKEN)]);
      const heard = listenAsLeader(far, reader);
      near.resume().end(bytes);
      await gone(far);
      near.destroy();
      for (const check of heard) check();
    },
    async (bytes) => {
      const connected = once(server, "connection");
      const joining = Follower.join(followerOptions(directory));
      const [far] = (await connected) as [Socket];
      far.on("error", () => {});
      await greetAsLeader(far, TOKEN);
      far.resume().write(frame(utf8(JSON.stringify(NOTIFICATIONS[0]))));
      const follower = await joining;
      assert.ok(follower);
      const asked = follower.perform("blocked", undefined).catch(() => {});
      far.end(bytes);
      await Promise.all([follower.ended, asked]);
      far.destroy();
    },
  ];
  const json = (value: unknown) => frame(utf8(JSON.stringify(value)));
  return {
    samples: [
      forKind(0, Buffer.concat([frame(new Uint8Array(32)), frame(new Uint8Array(32))])),
      forKind(1, frame(new Uint8Array(64))),
      ...CALLS_MADE.map((call) => forKind(2, json(call))),
      ...NOTIFICATIONS.map((notification) => forKind(3, json(notification))),
    ],
    words: ['"id":', '"method":', '"result":', '"error":', '"jsonrpc":"2.0"', "$/", "__proto__", "null"].map(
      utf8,
    ),
    // A leader, which knows the secret, may announce an answer of 64 MiB.
    maxMemoryBytes: 2 * MAX_ANSWER_BYTES,
    async run(input) {
      await kinds[(input[0] ?? 0) % kinds.length]?.(input.slice(1));
    },
    async close() {
      server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Returns the message to be checked, since JSON-RPC swallows a listener's errors. */
function listenAsLeader(
  socket: Socket,
  reader: Awaited<ReturnType<typeof greetAsLeader>>,
): readonly (() => void)[] {
  const heard: (() => void)[] = [];
  const follower = new FollowerConnection(socket, reader, {
    answer(call, params) {
      heard.push(() => assert.ok(Object.hasOwn(CALLS, call) && checkParams(call, params) !== undefined));
      return Promise.reject(new ResponseError(FAULT, call, { kind: "usage", code: "closed", detail: "" }));
    },
    focus(_, focus) {
      heard.push(() => assert.ok(v.is(focusSchema, focus)));
    },
  });
  follower.notify({ name: "locked", value: {} });
  return heard;
}

function followerOptions(directory: string) {
  return { directory, secrets: new KnownSecrets(new MemoryVault()), emit: () => {} };
}

async function gone(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, "close");
}
