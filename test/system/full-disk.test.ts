/**
 * A computer whose disk is really full: every window's errors, and that nothing is lost once there is room
 * again.
 */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { exportChat } from "../../messenger/history/export.ts";
import { SharedMessenger } from "../../messenger/sharing/shared-messenger.ts";
import { StorageError } from "../../protocol/errors.ts";
import { username } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { Profile, type WindowProcess } from "../fixtures/window-process.ts";
import { SmallDisk } from "../torture/small-disk.ts";

const ALICE = username("alice");
const BOB = username("bob");
const PASSPHRASE = "tulip mason orbit velvet";
const FULL = { message: "disk-full" };

describe("a full disk", function () {
  this.timeout(180_000);
  let server: RealServer;
  let directory: string;
  let disk: SmallDisk;
  let profile: Profile;
  let bob: Computer;

  before(async function () {
    directory = mkdtempSync(join(tmpdir(), "parley-small-disk-"));
    const mounted = SmallDisk.mount(directory);
    if (typeof mounted === "string") {
      console.log(`      ${mounted}`);
      this.skip();
    }
    disk = mounted;
    server = await RealServer.start();
  });
  after(async () => {
    disk?.unmount();
    rmSync(directory, { recursive: true });
    await server?.remove();
  });
  beforeEach(async () => {
    profile = new Profile(disk.directory);
    bob = await Computer.start("bob");
  });
  afterEach(async () => {
    await profile.remove();
    disk.empty();
    await bob.remove();
  });

  /** Returns two of alice's windows, the leader first, with a chat open between her and bob. */
  async function talking(): Promise<readonly [WindowProcess, WindowProcess]> {
    const leader = await profile.open();
    await leader.ask("join", { link: await server.invite(1, ALICE), name: ALICE });
    await bob.joins(await server.invite(1, BOB));
    await bob.until("alice", () => partner(bob.messenger.chat(directChat(ALICE))).online);
    await bob.messenger.request({ peer: ALICE });
    await leader.until("invited", () => leader.chat(directChat(BOB))?.phase === "invited");
    await leader.ask("accept", { chat: directChat(BOB) });
    await bob.isIn({ name: ALICE }, "open");
    const follower = await profile.open();
    assert.deepEqual([leader.isLeader, follower.isLeader], [true, false]);
    return [leader, follower];
  }
  const heardByBob = async () =>
    (await bob.messages({ name: ALICE })).flatMap(({ body, author }) =>
      body.kind === "text" && author === ALICE ? [body.text] : [],
    );
  async function stateOf(window: WindowProcess): Promise<string[]> {
    const lines = await window.messages(BOB);
    return lines.flatMap(({ body, author }) =>
      body.kind === "text" ? [`${author === ALICE ? ">" : "<"} ${body.text}`] : [],
    );
  }

  it("is reported alike in the leader and in a follower, by every call that stores", async () => {
    const [leader, follower] = await talking();
    await leader.ask("send", { chat: directChat(BOB), text: "before" });
    disk.fill();
    for (const window of [leader, follower]) {
      await assert.rejects(window.ask("send", { chat: directChat(BOB), text: "no room for this" }), FULL);
      await assert.rejects(
        window.ask("setDraft", { chat: directChat(BOB), text: `half a message ${"x".repeat(60_000)}` }),
        FULL,
      );
      await assert.rejects(window.ask("setVerified", { peer: BOB }), FULL);
      await assert.rejects(window.ask("setKeep", { chat: directChat(BOB), keep: "7d" }), FULL);
      await assert.rejects(window.ask("deleteHistory", { chat: directChat(BOB) }), FULL);
      await assert.rejects(
        window.ask("backUp", { path: join(profile.folder, "a.backup"), passphrase: PASSPHRASE }),
        FULL,
      );
      assert.ok((await stateOf(window)).includes("> before"), "what is there can be read");
    }
    assert.deepEqual(
      readdirSync(profile.folder).filter((name) => name.startsWith("a.backup")),
      [],
    );
    assert.ok(!follower.complaints.some((text) => text.includes("no room for this")));

    await bob.messenger.send({ chat: directChat(ALICE), text: "do you hear me?" });
    disk.empty();
    await follower.ask("send", { chat: directChat(BOB), text: "room again" });
    await bob.until("it", async () => (await heardByBob()).includes("room again"));
    await leader.until("what came meanwhile", () =>
      leader.events.some(
        ({ event, value }) => event === "message" && JSON.stringify(value).includes("hear me"),
      ),
    );
    assert.deepEqual(await heardByBob(), ["before", "room again"]);
    assert.deepEqual(await stateOf(follower), await stateOf(leader));
    await bob.until("its tick", async () => (await bob.messages({ name: ALICE })).at(-1)?.state !== "sent");
  });

  it("is the error of a failed export, which leaves no partial file", async () => {
    const target = mkdtempSync(join(disk.directory, "export-"));
    disk.fill();
    const format = { begin: () => "x".repeat(100_000), message: () => "", end: () => "" };
    const job = {
      path: join(target, "chat.md"),
      format,
      read: () => [],
      find: () => [],
      onProgress: () => {},
    };
    await assert.rejects(
      exportChat({ ...job, signal: new AbortController().signal }),
      (error) => error instanceof StorageError && error.code === "disk-full",
    );
    assert.deepEqual(readdirSync(target), []);
  });

  it("is the error of opening when there is no history yet", async () => {
    disk.fill();
    const folder = join(disk.directory, "new");
    const vault = { get: async () => undefined, store: async () => {}, delete: async () => {} };
    const quiet = { info() {}, debug() {}, warn() {}, error() {} };
    const options = { directory: folder, secrets: vault, log: quiet, sendReadReceipts: () => true };
    await assert.rejects(
      SharedMessenger.open({ ...options, goOnline: () => false, tellNotice: () => {} }),
      (error) => error instanceof StorageError && error.code === "disk-full",
    );
    disk.empty();
    const opened = await SharedMessenger.open({ ...options, goOnline: () => false, tellNotice: () => {} });
    assert.equal(opened.state.type, "no-account");
    await opened.dispose();
  });
});
