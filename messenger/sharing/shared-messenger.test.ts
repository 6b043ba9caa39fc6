/** Several windows in one process, with a real lock, pipe and store. test/system/windows.test.ts kills processes. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageConnection } from "vscode-jsonrpc/node";
import { closed } from "../../protocol/channel/closed-fixture.ts";
import { ParleyError } from "../../protocol/errors.ts";
import { username } from "../../protocol/names.ts";
import { LockedVault } from "../account/locked-vault.ts";
import { directChat } from "../chats/direct.ts";
import type { SecretVault, Shown } from "../model.ts";
import { readEndpoint, writeEndpoint } from "./endpoint-file.ts";
import { Follower } from "./follower.ts";
import { KnownSecrets } from "./known-secrets.ts";
import { markLocked } from "./locked-mark.ts";
import { markIn } from "./missing-keys.ts";
import { greetAsFollower, TOKEN_BYTES } from "./pipe-handshake.ts";
import { MAX_ANSWER_BYTES, VERSION } from "./pipe-messages.ts";
import { connectionOver } from "./pipe-transport.ts";
import type { WindowEvents } from "./role.ts";
import { SharedMessenger, type SharedMessengerOptions } from "./shared-messenger.ts";

const BOB = username("bob");
const NOBODY = "none" as Shown<"account">;
const withCode = (code: string) => (error: unknown) => error instanceof ParleyError && error.code === code;

class MemoryVault implements SecretVault {
  readonly #values = new Map<string, string>();
  async get(key: string): Promise<string | undefined> {
    return this.#values.get(key);
  }
  async store(key: string, value: string): Promise<void> {
    this.#values.set(key, value);
  }
  async delete(key: string): Promise<void> {
    this.#values.delete(key);
  }
}

describe("shared messenger", () => {
  let root: string;
  let folder: string;
  let vault: SecretVault;
  let windows: SharedMessenger[];
  let strangers: Socket[];
  const notices: string[] = [];
  const complaints: string[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "parley-shared-"));
    folder = join(root, "messenger");
    vault = new MemoryVault();
    [windows, strangers] = [[], []];
    for (const texts of [notices, complaints]) texts.length = 0;
  });
  afterEach(async () => {
    for (const stranger of strangers) stranger.destroy();
    await Promise.all(windows.map((window) => window.dispose()));
    rmSync(root, { recursive: true, force: true });
  });

  function options(secrets: SecretVault): SharedMessengerOptions {
    const complain = (text: string) => complaints.push(text);
    return {
      ...{ directory: folder, secrets, sendReadReceipts: () => true, goOnline: () => true },
      log: { info: () => {}, debug: () => {}, warn: complain, error: complain },
      tellNotice: (text) => notices.push(text),
    };
  }

  async function open(secrets = vault): Promise<SharedMessenger> {
    const window = await SharedMessenger.open(options(secrets));
    windows.push(window);
    return window;
  }

  async function next(window: SharedMessenger, event: keyof WindowEvents): Promise<void> {
    await new Promise<void>((resolve) => window.once(event, () => resolve()));
  }

  async function until(window: SharedMessenger, condition: () => boolean): Promise<void> {
    while (!condition()) await next(window, "changed");
  }

  it("shows changes in every window, and at once in the one that made them", async () => {
    const [first, second, third] = [await open(), await open(), await open()];
    assert.deepEqual(
      [first, second, third].map((window) => window.isLeader),
      [true, false, false],
    );
    await second.calls.setDraft({ chat: directChat(BOB), text: "from the second" });
    assert.equal(second.chat(directChat(BOB)).draft, "from the second");
    await until(first, () => first.chat(directChat(BOB)).draft === "from the second");
    await until(third, () => third.chat(directChat(BOB)).draft === "from the second");
    await Promise.all([
      first.calls.setDraft({ chat: directChat(BOB), text: "one" }),
      third.calls.setDraft({ chat: directChat(BOB), text: "three" }),
    ]);
    const last = first.chat(directChat(BOB)).draft;
    for (const window of [second, third])
      await until(window, () => window.chat(directChat(BOB)).draft === last);
    assert.deepEqual(second.chats(), first.chats());
  });

  it("throws the call's error in every window", async () => {
    const [first, second] = [await open(), await open()];
    for (const window of [first, second]) {
      await assert.rejects(
        window.calls.accept({ chat: directChat(BOB), request: "none" as Shown<"request"> }),
        withCode("wrong-state"),
      );
      await assert.rejects(window.calls.connect({ account: NOBODY }), withCode("wrong-state"));
      await assert.rejects(
        window.calls.join({ link: "parley://nonsense", name: "alice" }),
        withCode("invite-malformed"),
      );
      await assert.rejects(
        window.calls.createInvite({ uses: 1, expiresSeconds: 60 }),
        withCode("not-connected"),
      );
      await assert.rejects(
        window.calls.setDraft({ chat: directChat(BOB), text: "x".repeat(1 << 20) }),
        withCode("bad-argument"),
      );
      assert.equal(await window.calls.safetyNumber({ peer: BOB }), undefined);
      assert.deepEqual(await window.calls.messages({ chat: directChat(BOB), stretch: { limit: 10 } }), []);
    }
    assert.deepEqual(complaints, []);
  });

  it("continues with the next window when the first is closed, and tells windows to read again", async () => {
    const [first, second, third] = [await open(), await open(), await open()];
    await first.calls.setDraft({ chat: directChat(BOB), text: "kept" });
    const reread = [second, third].map((window) => next(window, "reread"));
    await first.dispose();
    await Promise.all(reread);
    assert.equal([second, third].filter((window) => window.isLeader).length, 1);
    for (const window of [second, third]) assert.equal(window.chat(directChat(BOB)).draft, "kept");
    await assert.rejects(first.calls.setDraft({ chat: directChat(BOB), text: "late" }), withCode("closed"));
  });

  it("sends the next leader the calls that the first did not answer", async () => {
    const [first, second] = [await open(), await open()];
    const asked = Array.from({ length: 20 }, (_, index) =>
      second.calls.setDraft({ chat: directChat(BOB), text: `${index}` }),
    );
    await first.dispose();
    await Promise.all(asked);
    assert.equal(second.chat(directChat(BOB)).draft, "19");
  });

  it("takes over with the former leader's keys when its own vault has none or old ones", async () => {
    const first = await open();
    const stale = new MemoryVault();
    await stale.store(`parley.${markIn(folder)?.id}.database-key`, Buffer.alloc(32, 1).toString("base64"));
    const second = await open(new MemoryVault());
    await first.calls.setDraft({ chat: directChat(BOB), text: "sealed" });
    await first.dispose();
    await until(second, () => second.isLeader && second.chat(directChat(BOB)).draft === "sealed");
    const third = await open(stale);
    await second.dispose();
    await until(third, () => third.isLeader && third.chat(directChat(BOB)).draft === "sealed");
    await third.dispose();
    assert.deepEqual(notices, [], "nothing was set aside");
    assert.equal((await open(stale)).chat(directChat(BOB)).draft, "sealed");
  });

  const refuse = (): Promise<never> => Promise.reject(new Error("The keyring is locked"));
  const silent = (): Promise<never> => new Promise(() => {});
  for (const [how, answer] of [
    ["refuses all access", refuse],
    ["never answers", silent],
  ] as const)
    it(`takes over with the former leader's keys if its own vault ${how}`, async () => {
      const first = await open();
      const vaultOfSecond = { get: answer, store: answer, delete: answer };
      const second = await open(new LockedVault(vaultOfSecond, () => markIn(folder), 50));
      await first.calls.setDraft({ chat: directChat(BOB), text: "sealed" });
      await first.dispose();
      await until(second, () => second.isLeader && second.chat(directChat(BOB)).draft === "sealed");
    });

  it("gives the account up to another window while its own vault doesn't answer", async () => {
    await (await open()).dispose();
    const keyring = { get: silent, store: silent, delete: silent };
    const opening = open(new LockedVault(keyring, () => markIn(folder), 50));
    const [other] = await Promise.all([open(), assert.rejects(opening, withCode("keyring-silent"))]);
    assert.ok(other.isLeader);
  });

  it("does not take over with its own keys when the account was locked without its knowledge", async () => {
    const first = await open();
    const second = await open();
    markLocked(folder);
    const told = next(second, "locked");
    await first.dispose();
    await told;
    assert.equal(second.isLeader, false);
    await assert.rejects(second.calls.connect({ account: NOBODY }), withCode("locked"));
    await second.dispose();
    assert.equal((await open()).isLeader, true, "a window that opens it anew asks its vault");
  });

  it("opens in the longest folder that it accepts, and reports a longer one", async function () {
    if (process.platform === "win32") this.skip(); // longer paths open there
    const room = 440 - Buffer.byteLength(root) - "//x".length;
    for (const letter of ["x", "ü"]) {
      const width = Buffer.byteLength(letter);
      const half = letter.repeat(Math.floor(room / 2 / width));
      const rest = "x".repeat(room - Buffer.byteLength(half));
      folder = join(root, half, `${rest}xx`);
      await assert.rejects(open(), withCode("path-too-long"));
      folder = join(root, half, `${rest}x`);
      assert.ok((await open()).isLeader);
    }
  });

  it("opens again after the last window was closed", async () => {
    await (await open()).dispose();
    assert.ok((await open()).isLeader);
  });

  it("keeps its files on disk from other users", async function () {
    if (process.platform === "win32") this.skip();
    await open();
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const secret = statSync(join(folder, "endpoint.json"));
    assert.equal(secret.mode & 0o777, 0o600);
    assert.ok(readdirSync(folder).includes("parley.sock"));
  });

  it("does not talk with windows of another version", async () => {
    await open();
    const endpoint = readEndpoint(folder);
    assert.ok(endpoint);
    writeEndpoint(folder, { ...endpoint, version: "0.0.0" });
    const joined = await Follower.join({
      directory: folder,
      secrets: new KnownSecrets(vault),
      emit: () => {},
    });
    assert.equal(joined, undefined);
  });

  it("is never opened by a window that only follows, which waits for the next leader", async () => {
    const first = await open();
    const keyless = new MemoryVault();
    const guest = await SharedMessenger.follow({ ...options(keyless), onlyFollows: true });
    assert.ok(guest);
    windows.push(guest);
    // A connection to this pipe shows that it looked for a leader, while another window would have taken the lock.
    const probe = createServer();
    const pipe = process.platform === "win32" ? `\\\\.\\pipe\\probe-${process.pid}` : join(folder, "probe");
    await once(probe.listen(pipe), "listening");
    await first.dispose();
    writeEndpoint(folder, {
      pipe,
      token: new Uint8Array(TOKEN_BYTES),
      version: VERSION,
      process: process.pid,
    });
    const [knock] = (await once(probe, "connection")) as [Socket];
    strangers.push(knock);
    const draft = guest.calls.setDraft({ chat: directChat(BOB), text: "of the guest" }); // pending until there is a leader
    probe.close();
    knock.destroy();
    const second = await open();
    await draft;
    assert.ok(second.isLeader && !guest.isLeader);
    assert.equal(second.chat(directChat(BOB)).draft, "of the guest");
  });

  describe("with a stranger at its pipe", () => {
    let leader: SharedMessenger;
    let follower: SharedMessenger;

    beforeEach(async () => {
      leader = await open();
      follower = await open();
    });

    /** The stranger must not affect the other windows. */
    afterEach(async () => {
      await follower.calls.setDraft({ chat: directChat(BOB), text: "after all" });
      assert.equal(leader.chat(directChat(BOB)).draft, "after all");
      assert.ok(leader.isLeader && !follower.isLeader);
    });

    async function stranger(): Promise<Socket> {
      const endpoint = readEndpoint(folder);
      assert.ok(endpoint);
      const socket = createConnection(endpoint.pipe);
      socket.on("error", () => {});
      strangers.push(socket);
      await once(socket, "connect");
      return socket;
    }

    async function insider(): Promise<{ socket: Socket; connection: MessageConnection }> {
      const socket = await stranger();
      const reader = await greetAsFollower(socket, readEndpoint(folder)?.token ?? new Uint8Array());
      const connection = connectionOver(socket, reader, MAX_ANSWER_BYTES);
      connection.listen();
      return { socket, connection };
    }

    it("rejects it without the token", async () => {
      const socket = await stranger();
      await assert.rejects(greetAsFollower(socket, new Uint8Array(32)));
      assert.ok(socket.destroyed);
    });

    it("disconnects it for garbage, and for a call out of bounds", async () => {
      const loud = await stranger();
      const turnedAway = closed(loud);
      loud.resume().end("GET / HTTP/1.1\r\n\r\n");
      await turnedAway;
      const { socket } = await insider();
      socket.write(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
      await closed(socket);
    });

    for (const [what, method, params] of [
      ["an unknown call", "eval", {}],
      ["a call named like every object's property", "toString", {}],
      ["a prototype for a call", "__proto__", {}],
      [
        "a prototype among the arguments",
        "accept",
        JSON.parse('{"chat":"user:bob","__proto__":{"chat":"user:eve"}}'),
      ],
      ["invalid arguments", "accept", { chat: "bob" }],
      ["too many arguments", "connect", { host: "elsewhere" }],
      ["an unbounded page", "messages", { chat: "user:bob", stretch: { limit: 1e9 } }],
    ] as const)
      it(`disconnects it for ${what}`, async () => {
        const { socket, connection } = await insider();
        const cutOff = closed(socket);
        await assert.rejects(connection.sendRequest(method, params));
        await cutOff;
      });
  });
});
