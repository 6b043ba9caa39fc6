/**
 * The server goes back to an earlier state: its last backup, or a standby made from it (docs/OPERATIONS.md, "A standby"). All that it had
 * stored since is lost, though it was acknowledged. The two clients make up for it: nothing is lost, twice, or reported as missing.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { directChat } from "../../messenger/chats/direct.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { Random } from "../torture/random.ts";

/** As many messages of one's own as new keys are due after (self-update). */
const UNTIL_NEW_KEYS = 100;
const SEED = Number(process.env["PARLEY_SEED"] ?? 11);
const ROUNDS = 3;
const TURNS = 12;

describe("a server that goes back to an earlier state", function () {
  this.timeout(90_000);
  let server: RealServer;
  let elsewhere: string;
  let alice: Computer;
  let bob: Computer;

  beforeEach(async () => {
    server = await RealServer.start();
    elsewhere = mkdtempSync(join(tmpdir(), "parley-went-back-"));
    [alice, bob] = [await Computer.start("alice"), await Computer.start("bob")];
    const link = await server.invite(2);
    await alice.joins(link);
    await bob.joins(link);
  });
  afterEach(async () => {
    await Promise.all([alice.remove(), bob.remove()]);
    await server.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  /** @returns the folder of a backup of this moment */
  async function backedUp(name = "backup"): Promise<string> {
    const folder = join(elsewhere, name);
    await promisify(execFile)(process.execPath, [
      "dist/server.js",
      "backup",
      folder,
      "--data",
      server.folder,
    ]);
    return folder;
  }
  /** Kills the server, starts it from the backup, and has both people there again. */
  async function goesBack(backup: string): Promise<void> {
    await server.kill();
    await server.restart(backup);
    for (const who of [alice, bob]) {
      if (who.messenger.state.type === "signed-out") await who.messenger.connect();
      await who.messenger.reconnectNow();
    }
    await Promise.all([alice.isOnline(), bob.isOnline()]);
  }
  async function leaves(who: Computer, other: Computer): Promise<void> {
    await who.messenger.signOut();
    await other.sees(who, false);
  }
  /** Resolves once so many deliveries wait on the server's disk. */
  async function waitFor(who: Computer, deliveries: number): Promise<void> {
    while (server.mailFor(who.name) !== deliveries) await pause(20);
  }
  async function says(who: Computer, to: Computer, ...texts: readonly string[]): Promise<void> {
    for (const text of texts) await who.messenger.send({ chat: directChat(to.name), text });
    await who.has(to, "sent", ...texts);
  }
  async function reads(who: Computer, from: Computer): Promise<void> {
    await who.messenger.markRead({ chat: directChat(from.name) });
  }
  /** Asserts that both transcripts are these, and that nothing was reported. */
  async function sameStory(aliceSaw: readonly string[], bobSaw: readonly string[]): Promise<void> {
    assert.deepEqual(await alice.transcript(bob), aliceSaw);
    assert.deepEqual(await bob.transcript(alice), bobSaw);
    assert.deepEqual([...alice.complaints, ...bob.complaints], []);
  }

  it("has messages that waited on it sent again, each once and in order", async () => {
    await alice.opensChatWith(bob);
    await leaves(bob, alice);
    await says(alice, bob, "in the backup");
    const backup = await backedUp();
    await says(alice, bob, "lost", "lost too");
    await goesBack(backup);
    await alice.has(bob, "delivered", "in the backup", "lost", "lost too");
    await sameStory(
      ["* opened", "> in the backup", "> lost", "> lost too"],
      ["* opened", "< in the backup", "< lost", "< lost too"],
    );
  });

  for (const backupHas of ["the message", "nothing of it"] as const)
    it(`has a receipt that waited on it sent again (the backup has ${backupHas})`, async () => {
      await alice.opensChatWith(bob);
      await leaves(bob, alice);
      const before = backupHas === "nothing of it" ? await backedUp() : undefined;
      await says(alice, bob, "hello");
      const backup = before ?? (await backedUp());
      await alice.messenger.signOut();
      await bob.goesOnline();
      await bob.hears(alice, "hello");
      await waitFor(alice, 1);
      await goesBack(backup);
      await alice.has(bob, "delivered", "hello");
      await sameStory(["* opened", "> hello"], ["* opened", "< hello"]);
    });

  it("has a receipt for reading sent again", async () => {
    await alice.opensChatWith(bob);
    await says(alice, bob, "hello").catch(() => {});
    await alice.has(bob, "delivered", "hello");
    const backup = await backedUp();
    await leaves(alice, bob);
    await reads(bob, alice);
    await waitFor(alice, 1);
    await goesBack(backup);
    await alice.has(bob, "read", "hello");
    await bob.messenger.send({ chat: directChat(alice.name), text: "after it" });
    await alice.hears(bob, "after it");
    await sameStory(["* opened", "> hello", "< after it"], ["* opened", "< hello", "> after it"]);
  });

  it("gets a receipt anew for mail that it delivers a second time", async () => {
    await alice.opensChatWith(bob);
    await leaves(bob, alice);
    await says(alice, bob, "hello");
    const backup = await backedUp();
    await alice.messenger.signOut();
    await bob.goesOnline();
    await bob.hears(alice, "hello");
    await waitFor(alice, 1);
    await bob.close();
    const store = bob.openStore();
    // As on another computer with this account, which knows of no receipt.
    for (const { number } of store.chats.all()) store.transaction(() => store.outbox.dropAllKept(number));
    store.close();
    await bob.open();
    await goesBack(backup);
    await alice.has(bob, "delivered", "hello");
  });

  it("has the timer of a chat, and messages after it, sent again", async () => {
    await alice.opensChatWith(bob);
    await leaves(bob, alice);
    const backup = await backedUp();
    await alice.setsTimer(bob, 3600);
    await says(alice, bob, "disappears");
    await goesBack(backup);
    await alice.has(bob, "delivered", "disappears");
    assert.equal(bob.messenger.chat(directChat(alice.name)).timerSeconds, 3600);
    await sameStory(
      ["* opened", "* timer-set-by-me", "> disappears"],
      ["* opened", "* timer-set-by-peer", "< disappears"],
    );
  });

  it("has new keys sent again, and messages under them", async () => {
    await alice.opensChatWith(bob);
    await bob.messenger.send({ chat: directChat(alice.name), text: "here" });
    await bob.has(alice, "delivered", "here");
    await leaves(bob, alice);
    const backup = await backedUp();
    const texts = Array.from({ length: UNTIL_NEW_KEYS + 5 }, (_, n) => `message ${n}`);
    await says(alice, bob, ...texts.slice(0, 60));
    await says(alice, bob, ...texts.slice(60));
    await waitFor(bob, texts.length + 1);
    await says(alice, bob, "under them");
    texts.push("under them");
    await goesBack(backup);
    await alice.has(bob, "delivered", ...texts);
    assert.deepEqual(await bob.transcript(alice), [
      "* opened",
      "> here",
      ...texts.map((text) => `< ${text}`),
    ]);
    assert.deepEqual([...alice.complaints, ...bob.complaints], []);
  });

  it("has a request made again, and its note with the first messages", async () => {
    // The key that a note is sealed for is given out while its owner is there.
    await alice.sees(bob);
    await alice.messenger.request({ peer: bob.name, note: "refused" });
    await bob.isIn(alice, "invited");
    await bob.refuses(alice);
    await alice.isIn(bob, "none");
    await leaves(bob, alice);
    const backup = await backedUp();
    await alice.messenger.request({ peer: bob.name, wait: true, note: "let us talk" });
    await goesBack(backup);
    await bob.isIn(alice, "invited");
    await bob.accepts(alice);
    await alice.has(bob, "delivered", "let us talk");
    await sameStory(["> refused", "* refused", "> let us talk", "* opened"], ["* opened", "< let us talk"]);
  });

  it("has an acceptance made again", async () => {
    await alice.sees(bob);
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    const backup = await backedUp();
    await leaves(alice, bob);
    await bob.accepts(alice);
    await waitFor(alice, 1);
    await goesBack(backup);
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    await sameStory(["* opened"], ["* opened"]);
  });

  it("has the keys of a new chat sent again, and its first messages", async () => {
    await alice.sees(bob);
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    await leaves(alice, bob);
    await bob.accepts(alice);
    await waitFor(alice, 1);
    const backup = await backedUp();
    await bob.messenger.signOut();
    await alice.goesOnline();
    await alice.isIn(bob, "open");
    await says(alice, bob, "first");
    await goesBack(backup);
    await alice.has(bob, "delivered", "first");
    await sameStory(["* opened", "> first"], ["* opened", "< first"]);
  });

  it("agrees on another conversation where it has forgotten one, and loses no message of it", async () => {
    await alice.sees(bob);
    const backup = await backedUp();
    await alice.opensChatWith(bob);
    await leaves(bob, alice);
    await says(alice, bob, "lost");
    await goesBack(backup);
    await alice.has(bob, "delivered", "lost");
    assert.deepEqual(
      (await bob.transcript(alice)).filter((line) => !line.startsWith("*")),
      ["< lost"],
    );
  });

  it("ends a request that was refused", async () => {
    await alice.sees(bob);
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    const backup = await backedUp();
    await leaves(alice, bob);
    await bob.refuses(alice);
    await waitFor(alice, 1);
    await goesBack(backup);
    await alice.isIn(bob, "none");
    assert.deepEqual([...alice.complaints, ...bob.complaints], []);
  });

  it("closes a chat that was closed", async () => {
    await alice.opensChatWith(bob);
    const backup = await backedUp();
    await leaves(alice, bob);
    await bob.closes(alice);
    await waitFor(alice, 1);
    await goesBack(backup);
    await alice.isIn(bob, "closed-by-peer");
    await sameStory(["* opened", "* closed-by-peer"], ["* opened", "* closed-by-me"]);
  });

  it("hides who had become invisible", async () => {
    await alice.sees(bob);
    const backup = await backedUp();
    await bob.messenger.setInvisible({ invisible: true });
    await alice.sees(bob, false);
    await goesBack(backup);
    while (!server.isHidden(bob.name)) await pause(20);
    await alice.sees(bob, false);
  });

  it("loses nothing of two people who come and go as they like, however often it goes back", async () => {
    await alice.opensChatWith(bob);
    const random = new Random(SEED);
    const said = new Map<Computer, string[]>([
      [alice, []],
      [bob, []],
    ]);
    const say = async (who: Computer, to: Computer) => {
      const text = `${who.name} ${said.get(who)?.length}`;
      said.get(who)?.push(text);
      await who.messenger.send({ chat: directChat(to.name), text });
    };
    const turn = (who: Computer, to: Computer) => {
      const away = who.messenger.state.type === "signed-out";
      return random.pick([
        () => say(who, to),
        () => say(who, to),
        () => reads(who, to),
        () => (away ? who.messenger.connect() : who.messenger.signOut()),
      ])();
    };
    for (let round = 0; round < ROUNDS; round++) {
      const backup = await backedUp(`backup ${round}`);
      for (let n = 0; n < TURNS; n++) {
        const [who, to] = random.pick([
          [alice, bob],
          [bob, alice],
        ] as const);
        await turn(who, to);
        // Time for some of it to arrive, on which nothing waits.
        await pause(random.between(0, 150));
      }
      await goesBack(backup);
    }
    for (const [who, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      await say(who, to);
      await who.has(to, "delivered", ...(said.get(who) ?? []).slice(-1));
      const states = (await who.messages(to)).flatMap(({ state }) => state ?? []);
      assert.deepEqual(
        states.filter((state) => state !== "delivered" && state !== "read"),
        [],
        `seed ${SEED}`,
      );
      assert.deepEqual(
        (await to.transcript(who)).filter((line) => line.startsWith("<") || line.startsWith("*")),
        ["* opened", ...(said.get(who) ?? []).map((text) => `< ${text}`)],
        `seed ${SEED}`,
      );
    }
    assert.deepEqual([...alice.complaints, ...bob.complaints], []);
  });

  it("has nothing sent again when it was stopped and started", async () => {
    await alice.opensChatWith(bob);
    await leaves(bob, alice);
    await says(alice, bob, "waits");
    await server.stop();
    await server.restart();
    await alice.messenger.reconnectNow();
    await alice.isOnline();
    await bob.goesOnline();
    await alice.has(bob, "delivered", "waits");
    const again = (who: Computer) => who.remarks.filter((remark) => remark.includes("earlier state"));
    assert.deepEqual([...again(alice), ...again(bob)], []);
  });
});
