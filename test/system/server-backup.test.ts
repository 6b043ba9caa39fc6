/** A server that is restored from its own backup, between complete messengers. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { directChat } from "../../messenger/chats/direct.ts";
import { SELF_UPDATE_AFTER_MESSAGES } from "../../protocol/limits.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { scrape } from "../fixtures/scrape.ts";
import { SmallDisk } from "../torture/small-disk.ts";

const run = promisify(execFile);
const POSIX = process.platform !== "win32";

describe("a backup of the server", function () {
  this.timeout(180_000);
  let server: RealServer;
  let link: string;
  let elsewhere: string;
  let computers: Computer[];

  beforeEach(async () => {
    server = await RealServer.start([], ["--metrics-port", "0"]);
    link = await server.invite(10);
    elsewhere = mkdtempSync(join(tmpdir(), "parley-backups-"));
    computers = [];
  });
  afterEach(async () => {
    await Promise.all(computers.map((computer) => computer.remove()));
    await server.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  const command = async (...args: string[]): Promise<{ code: number; stderr: string }> => {
    try {
      const { stderr } = await run(process.execPath, [
        "dist/server.js",
        ...args,
        "--json",
        "--data",
        server.folder,
      ]);
      return { code: 0, stderr };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, stderr };
    }
  };
  const certificateEnds = async (): Promise<number> =>
    (await scrape(server.metricsPort ?? 0)).of('parley_expiry_timestamp_seconds{of="certificate"}');
  const backsUp = async (folder: string): Promise<void> => {
    assert.deepEqual(await command("backup", folder), { code: 0, stderr: "" });
  };
  async function member(name: string): Promise<Computer> {
    const computer = await Computer.start(name);
    computers.push(computer);
    await computer.joins(link);
    return computer;
  }
  async function restores(backup: string): Promise<void> {
    await server.kill();
    rmSync(server.folder, { recursive: true });
    renameSync(backup, server.folder);
    await server.restart();
    for (const { messenger } of computers) await messenger.reconnectNow();
  }
  const texts = (what: string, count: number) => Array.from({ length: count }, (_, n) => `${what} ${n}`);
  const heard = async (who: Computer, from: Computer) =>
    (await who.messenger.messages({ chat: directChat(from.name), stretch: { limit: 1000 } })).flatMap(
      ({ body, author }) => (body.kind === "text" && author === from.name ? [body.text] : []),
    );

  it("is a complete data folder that only its owner can read, made while people write", async () => {
    const [alice, bob] = [await member("alice"), await member("bob")];
    await alice.opensChatWith(bob);
    await bob.messenger.signOut();
    await alice.sees(bob, false);
    const writing = (async () => {
      for (const text of texts("waits", 300))
        await alice.messenger.send({ chat: directChat(bob.name), text });
    })();
    const backup = join(elsewhere, "backup");
    await backsUp(backup);
    await writing;
    const files = [
      "authority/ca.pem",
      "authority/server.pem",
      "authority/revocation-list.pem",
      "parley.sqlite",
    ];
    for (const file of files) if (POSIX) assert.equal(statSync(join(backup, file)).mode & 0o777, 0o600, file);
    for (const folder of [backup, join(backup, "authority")])
      if (POSIX) assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(backup).sort(), ["authority", "parley.sqlite"]);
    const copy = new DatabaseSync(join(backup, "parley.sqlite"), { readOnly: true });
    assert.equal(copy.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok");
    assert.equal(copy.prepare("SELECT COUNT(*) AS n FROM users").get()?.["n"], 2);
    copy.close();
    const { code } = await command("backup", backup);
    assert.equal(code, 3, "it replaces nothing");
  });

  it("restores the server: people sign in, waiting mail arrives once, and chats continue", async () => {
    const [alice, bob, carol] = [await member("alice"), await member("bob"), await member("carol")];
    await alice.opensChatWith(bob);
    await bob.messenger.signOut();
    await alice.sees(bob, false);
    await alice.messenger.send({ chat: directChat(bob.name), text: "waits" });
    await alice.has(bob, "sent", "waits");
    const backup = join(elsewhere, "backup");
    await backsUp(backup);

    // Changes since the backup: delivered mail, a newer epoch, a new chat, a newer certificate and list.
    await bob.goesOnline();
    await bob.hears(alice, "waits");
    const many = texts("since", SELF_UPDATE_AFTER_MESSAGES + 5);
    for (const text of many) await alice.messenger.send({ chat: directChat(bob.name), text });
    await alice.has(bob, "delivered", "since 104");
    await alice.opensChatWith(carol);
    await carol.messenger.send({ chat: directChat(alice.name), text: "nice to meet you" });
    await carol.has(alice, "delivered", "nice to meet you");
    const before = await certificateEnds();
    assert.equal((await command("renew")).code, 0);
    while ((await certificateEnds()) === before) await pause(300);
    for (const who of computers) {
      await who.messenger.signOut();
      await who.goesOnline();
    }

    await restores(backup);
    await Promise.all(computers.map((who) => who.isOnline()));
    await alice.messenger.send({ chat: directChat(bob.name), text: "and on" });
    await alice.has(bob, "delivered", "and on");
    await bob.messenger.send({ chat: directChat(alice.name), text: "as ever" });
    await bob.has(alice, "delivered", "as ever");
    assert.deepEqual(await heard(bob, alice), ["waits", ...many, "and on"]);
    await carol.messenger.send({ chat: directChat(alice.name), text: "still there?" });
    await carol.has(alice, "delivered", "still there?");
    assert.deepEqual(await heard(alice, carol), ["nice to meet you", "still there?"]);
  });

  it("fails without room, and leaves nothing behind", async function () {
    const disk = SmallDisk.mount(elsewhere);
    if (typeof disk === "string") this.skip();
    try {
      disk.fill();
      const { code, stderr } = await command("backup", join(elsewhere, "backup"));
      assert.equal(code, 3);
      assert.equal(JSON.parse(stderr).code, "backup-failed");
      disk.empty();
      assert.deepEqual(readdirSync(elsewhere), []);
      await backsUp(join(elsewhere, "backup"));
    } finally {
      disk.unmount();
    }
  });

  it("fails for a target whose parent is missing, or that exists", async () => {
    const { code } = await command("backup", join(elsewhere, "no", "such", "folder"));
    assert.equal(code, 3);
    mkdirSync(join(elsewhere, "taken"));
    assert.equal((await command("backup", join(elsewhere, "taken"))).code, 3);
    assert.equal(existsSync(join(elsewhere, "no")), false);
  });
});
