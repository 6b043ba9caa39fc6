/** A second machine takes over from the first one's backups while people chat (docs/OPERATIONS.md, "A standby"). */

import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { directChat } from "../../messenger/chats/direct.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

const PROGRAM = "dist/server.js";
const WHOLE = ["authority", "parley.sqlite"];

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** The exit code of a program ended by a signal: Windows has no signals, and the program is killed. */
const ENDED = process.platform === "win32" ? null : 0;

describe("a standby", function () {
  this.timeout(180_000);
  let server: RealServer;
  let link: string;
  let elsewhere: string;
  let backups: string;
  let standby: string;
  let computers: Computer[];
  let backingUp: { readonly child: ChildProcess; readonly lines: Interface } | undefined;

  beforeEach(async () => {
    server = await RealServer.start();
    link = await server.invite(10);
    elsewhere = mkdtempSync(join(tmpdir(), "parley-standby-"));
    backups = join(elsewhere, "backups");
    standby = join(elsewhere, "data");
    computers = [];
  });
  afterEach(async () => {
    await stopBackups("SIGKILL");
    await Promise.all(computers.map((computer) => computer.remove()));
    await server.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  function backsUp(): void {
    const args = [
      PROGRAM,
      "backup",
      backups,
      "--every",
      "1s",
      "--keep",
      "3",
      "--json",
      "--data",
      server.folder,
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    backingUp = { child, lines: createInterface({ input: child.stdout }) };
  }
  async function stopBackups(signal: NodeJS.Signals): Promise<number | null | undefined> {
    const child = backingUp?.child;
    backingUp = undefined;
    if (child === undefined) return undefined;
    child.kill(signal);
    const [code] = await once(child, "exit");
    return code;
  }
  /** Resolves once there is a backup that was started after this call. */
  async function backedUp(): Promise<void> {
    assert.ok(backingUp);
    for (let n = 0; n < 2; n++) await once(backingUp.lines, "line");
  }
  /**
   * Runs promote.
   * @returns the command line's report, or the reason of its refusal
   */
  async function promote(from = backups): Promise<Failure | undefined> {
    try {
      await promisify(execFile)(process.execPath, [PROGRAM, "promote", from, "--json", "--data", standby]);
      return undefined;
    } catch (error) {
      return JSON.parse((error as { stderr: string }).stderr);
    }
  }
  async function member(name: string): Promise<Computer> {
    const computer = await Computer.start(name);
    computers.push(computer);
    await computer.joins(link);
    return computer;
  }
  /** Starts the standby; clients would retry by themselves in a while. */
  async function takesOver(folder = standby): Promise<void> {
    await server.restart(folder);
    for (const { messenger } of computers) await messenger.reconnectNow();
  }
  const written = async (who: Computer, to: Computer) =>
    (await who.messages(to)).flatMap(({ body, author }) =>
      body.kind === "text" && author === who.name ? [body.text] : [],
    );
  const heard = async (who: Computer, from: Computer) =>
    (await who.messages(from)).flatMap(({ body, author }) =>
      body.kind === "text" && author === from.name ? [body.text] : [],
    );

  it("loses neither two people's chat nor mail from before its backup when the first machine dies", async () => {
    const [alice, bob, carol] = [await member("alice"), await member("bob"), await member("carol")];
    await alice.opensChatWith(bob);
    await alice.opensChatWith(carol);
    await carol.messenger.signOut();
    await alice.sees(carol, false);
    await alice.messenger.send({ chat: directChat(carol.name), text: "waits for carol" });
    await alice.has(carol, "sent", "waits for carol");
    backsUp();
    await backedUp();

    let write = true;
    const chatter = async (who: Computer, to: Computer) => {
      for (let n = 0; write; n++) {
        await who.messenger.send({ chat: directChat(to.name), text: `${who.name} ${n}` });
        // A message every 50 ms is the test's load; no condition waits for it.
        await pause(50);
      }
    };
    const chatting = Promise.all([chatter(alice, bob), chatter(bob, alice)]);
    // More than a page of the history, as on a slow machine.
    await alice.has(bob, "delivered", "alice 60");
    await bob.has(alice, "delivered", "bob 60");
    await server.kill();
    await stopBackups("SIGKILL");
    assert.equal(await promote(), undefined);
    await takesOver();
    await Promise.all([alice.isOnline(), bob.isOnline()]);
    write = false;
    await chatting;
    for (const [who, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      await who.messenger.send({ chat: directChat(to.name), text: "goodbye" });
      await who.has(to, "delivered", "goodbye", ...(await written(who, to)));
      assert.deepEqual(
        await heard(to, who),
        await written(who, to),
        "each once, in the order they were written",
      );
    }
    await carol.messenger.connect();
    await carol.hears(alice, "waits for carol");
    await alice.has(carol, "delivered", "waits for carol");
  });

  it("is trusted by everybody, and makes clients that connected to it refuse the first machine", async () => {
    const [alice, bob] = [await member("alice"), await member("bob")];
    backsUp();
    await backedUp();
    const first = server.folder;
    await server.kill();
    await stopBackups("SIGTERM");
    assert.equal(await promote(), undefined);
    await takesOver();
    await alice.isOnline();
    await bob.isOnline();

    await server.kill();
    await takesOver(first);
    for (const who of [alice, bob]) {
      await who.until("refusing the first machine", () => {
        const { state } = who.messenger;
        return "error" in state && state.error.code === "revocation-list-invalid";
      });
    }
  });

  it("isn't promoted while the first machine still answers", async () => {
    backsUp();
    await backedUp();
    const failure = await promote();
    assert.equal(failure?.code, "server-still-runs");
    assert.match(failure?.message ?? "", /still answers on 127\.0\.0\.1/);
    assert.equal(existsSync(standby), false);
  });

  it("starts from the newest complete backup, and reports the fault when there is none", async () => {
    backsUp();
    await backedUp();
    await server.stop();
    assert.equal(await stopBackups("SIGTERM"), ENDED, "it ends when it is told to");
    const names = readdirSync(backups).sort();
    const newest = names.at(-1) ?? "";
    assert.ok(names.length >= 2);
    for (const name of names) assert.deepEqual(readdirSync(join(backups, name)).sort(), WHOLE);
    // As if copying the backup to this machine had stopped before the keys.
    rmSync(join(backups, newest, "authority"), { recursive: true });
    assert.equal(await promote(), undefined);
    rmSync(standby, { recursive: true });
    for (const name of names) writeFileSync(join(backups, name, "parley.sqlite"), "no database");
    const failure = await promote();
    assert.equal(failure?.code, "promote-failed");
    for (const name of names) assert.ok(failure?.message.includes(name), name);
    assert.equal(existsSync(standby), false);
    assert.deepEqual(readdirSync(elsewhere), ["backups"], "nothing is left lying about");
  });

  it("replaces no existing data", async () => {
    backsUp();
    await backedUp();
    await server.stop();
    assert.equal(await promote(), undefined);
    assert.equal((await promote())?.code, "promote-failed");
  });

  it("keeps the configured number of backups", async () => {
    backsUp();
    assert.ok(backingUp);
    for (let n = 0; n < 5; n++) await once(backingUp.lines, "line");
    // The line is printed before the oldest is deleted, which a kill on Windows would prevent.
    while (readdirSync(backups).length > 3) await pause(20);
    assert.equal(await stopBackups("SIGTERM"), ENDED);
    assert.equal(readdirSync(backups).length, 3);
  });

  it("loses nothing at all on a replicated volume of the first machine's folder", async () => {
    const [alice, bob] = [await member("alice"), await member("bob")];
    await alice.opensChatWith(bob);
    await bob.messenger.signOut();
    await alice.sees(bob, false);
    for (let n = 0; n < 20; n++)
      await alice.messenger.send({ chat: directChat(bob.name), text: `waits ${n}` });
    await alice.has(bob, "sent", "waits 19");
    await server.kill();
    await takesOver(server.folder);
    await bob.messenger.connect();
    await alice.has(bob, "delivered", ...(await written(alice, bob)));
    assert.deepEqual(await heard(bob, alice), await written(alice, bob));
  });
});
