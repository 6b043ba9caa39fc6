/**
 * Windows of one profile as real processes, killed and closed while people chat. Nothing is lost, nothing is
 * shown twice.
 */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import { PATIENCE_MS } from "../fixtures/patience.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { Profile, type WindowEvent, type WindowProcess } from "../fixtures/window-process.ts";

const ALICE = username("alice");
const BOB = username("bob");
/** The longest acceptable takeover. */
const TAKEOVER_MS = PATIENCE_MS / 10;
/** Time until a window reports that the leader does not answer. */
const TOLD_MS = PATIENCE_MS * 0.4;

describe("several windows of one profile", function () {
  this.timeout(180_000);
  let server: RealServer;
  let profile: Profile;
  let bob: Computer;

  before(async () => {
    server = await RealServer.start();
  });
  after(() => server.remove());
  beforeEach(async () => {
    profile = new Profile();
    bob = await Computer.start("bob");
  });
  afterEach(async () => {
    await profile.remove();
    await bob.remove();
  });

  /** Returns windows with a chat open between alice and bob; the leader first. */
  async function talking(count: number): Promise<readonly WindowProcess[]> {
    const first = await profile.open();
    await Promise.all([
      first.ask("join", { link: await server.invite(1, ALICE), name: ALICE }),
      bob.joins(await server.invite(1, BOB)),
    ]);
    await first.until("bob is there", () => first.last?.state === "online");
    await bob.until("alice is there", () => partner(bob.messenger.chat(directChat(ALICE))).online);
    await bob.messenger.request({ peer: ALICE });
    await first.until("invited", () => first.chat(directChat(BOB))?.phase === "invited");
    await first.ask("accept", { chat: directChat(BOB) });
    await bob.until("open", () => bob.messenger.chat(directChat(ALICE)).phase === "open");
    await first.until("open", () => first.chat(directChat(BOB))?.phase === "open");
    const others = await Promise.all(Array.from({ length: count - 1 }, () => profile.open()));
    return [first, ...others];
  }

  async function heard(): Promise<readonly string[]> {
    return (await bob.messenger.messages({ chat: directChat(ALICE), stretch: { limit: 1000 } })).flatMap(
      ({ body, author }) => (body.kind === "text" && author === ALICE ? [body.text] : []),
    );
  }

  function ofWindow(texts: readonly string[], window: number): readonly string[] {
    return texts.filter((text) => text.startsWith(`${window}:`));
  }

  function numbered(window: number, count: number): readonly string[] {
    return Array.from({ length: count }, (_, index) => `${window}:${index}`);
  }

  for (const [what, long, home, count] of [
    ["in a short folder", false, undefined, 1],
    ["in a long folder, with a short home", true, "home", 1],
    ["in a long folder, with a long home, eight in all", true, join("h".repeat(200), "h".repeat(100)), 6],
  ] as const)
    it(`accept new windows after the socket was deleted, ${what}`, async function () {
      if (process.platform === "win32") this.skip();
      const root = mkdtempSync(join(tmpdir(), "parley-homes-"));
      const folder = long ? join(root, "x".repeat(120)) : root;
      const HOME = home && join(root, home);
      for (const made of [folder, HOME ?? folder]) mkdirSync(made, { recursive: true });
      const homes = new Profile(folder, HOME === undefined ? {} : { HOME, XDG_RUNTIME_DIR: "" });
      try {
        const first = await homes.open();
        const { pipe } = JSON.parse(readFileSync(join(homes.folder, "endpoint.json"), "utf8"));
        if (home === "home") assert.equal(dirname(pipe), join(root, home, ".parley"));
        await homes.open();
        rmSync(pipe);
        const later = Array.from({ length: count }, () => homes.start());
        await Promise.all(later.map((window) => window.isOpen()));
        assert.ok(first.isLeader && !later.some((window) => window.isLeader));
      } finally {
        await homes.remove();
        rmSync(root, { recursive: true, force: true });
      }
    });

  it("elect one leader when eight start at once, and all show the same", async () => {
    const windows = Array.from({ length: 8 }, () => profile.start());
    await Promise.all(windows.map((window) => window.isOpen()));
    assert.equal(windows.filter((window) => window.isLeader).length, 1);
    const some = windows.find((window) => !window.isLeader);
    await some?.ask("join", { link: await server.invite(1, ALICE), name: ALICE });
    await Promise.all(windows.map((window) => window.isOnline()));
    assert.deepEqual(
      windows.map((window) => window.last?.name),
      windows.map(() => "alice"),
    );
    assert.deepEqual(
      windows.flatMap((window) => window.complaints),
      [],
    );
  });

  it("lose and repeat nothing when the leader is killed in the middle of 200 messages", async () => {
    const windows = await talking(4);
    const [leader, ...followers] = windows;
    assert.ok(leader?.isLeader);
    const accepted: string[] = [];
    const sendings = windows.flatMap((window, index) =>
      numbered(index, 50).map(async (text) => {
        await window.ask("send", { chat: directChat(BOB), text });
        accepted.push(text);
      }),
    );
    const outcomes = Promise.allSettled(sendings);
    await bob.until("the middle", async () => (await heard()).length >= 60);

    const killed = performance.now();
    await leader.kill();
    const heardBefore = (await heard()).length;
    const next = await takenOver(followers, killed);
    await bob.until("the next message", async () => (await heard()).length > heardBefore);
    console.log(`      the next message arrived after ${(performance.now() - killed).toFixed(0)} ms`);
    assert.deepEqual(
      followers.filter((window) => window.isLeader),
      [next],
    );
    await outcomes;

    // Every message of a surviving window was accepted, through any window.
    for (const index of [1, 2, 3]) assert.equal(ofWindow(accepted, index).length, 50);
    await bob.until("everything that was accepted", async () => {
      const texts = new Set(await heard());
      return accepted.every((text) => texts.has(text));
    });
    const texts = await heard();
    assert.equal(new Set(texts).size, texts.length, "something came twice");
    for (const index of [1, 2, 3]) assert.deepEqual(ofWindow(texts, index), numbered(index, 50));
    const ofKilled = ofWindow(texts, 0);
    assert.deepEqual(ofKilled, numbered(0, ofKilled.length), "in order, without a gap");

    const [follower] = followers;
    assert.ok(follower);
    const shown = (await follower.messages(BOB)).flatMap(({ body }) =>
      body.kind === "text" ? [body.text] : [],
    );
    assert.deepEqual(shown, texts);
  });

  it("survive one kill after the other, until one window is left", async () => {
    let windows = await talking(5);
    const expected: string[] = [];
    while (windows.length > 1) {
      const leader = windows.find((window) => window.isLeader);
      windows = windows.filter((window) => window !== leader);
      const [sender] = windows;
      assert.ok(leader && sender);
      const texts = numbered(windows.length, 5);
      expected.push(...texts);
      const sent = texts.map((text) => sender.ask("send", { chat: directChat(BOB), text }));
      const killed = performance.now();
      await leader.kill();
      await takenOver(windows, killed);
      await Promise.all(sent);
    }
    await bob.until("all of it", async () => (await heard()).length === expected.length);
    assert.deepEqual(await heard(), expected);
  });

  it("hand over when the leader is closed, without signing out", async () => {
    const [leader, second, third] = await talking(3);
    assert.ok(leader && second && third);
    const sent = numbered(1, 30).map((text) => second.ask("send", { chat: directChat(BOB), text }));
    const closed = performance.now();
    await Promise.all([leader.close(), takenOver([second, third], closed)]);
    await Promise.all(sent);
    await bob.until("all of it", async () => (await heard()).length === 30);
    assert.deepEqual(await heard(), numbered(1, 30));
    await Promise.all([second.isOnline(), third.isOnline()]);
  });

  it("report that the leader hangs, leave it the account, and continue when it wakes or ends", async function () {
    if (process.platform === "win32") this.skip(); // On Windows no process can be suspended.
    const [leader, second] = await talking(2);
    assert.ok(leader && second);
    const untilTold = async () => {
      const since = performance.now();
      leader.hang();
      await second.until("told", () => second.last?.state === "stopped");
      const took = performance.now() - since;
      console.log(`      told after ${took.toFixed(0)} ms`);
      assert.ok(took < TOLD_MS, `took ${took} ms`);
    };
    leader.hang();
    const before = second.ask("send", { chat: directChat(BOB), text: "1:0" }); // before any window notices
    await untilTold();
    assert.match(second.complaints.join(), new RegExp(`process ${leader.pid}\\b`));
    await assert.rejects(second.ask("send", { chat: directChat(BOB), text: "not now" }), {
      message: "in-use",
    });
    const third = profile.start();
    leader.wake();
    await Promise.all([before, third.isOpen(), second.isOnline()]);
    await second.ask("send", { chat: directChat(BOB), text: "1:1" });
    await bob.until("both", async () => (await heard()).length === 2);
    assert.deepEqual(
      [leader, second, third].map((window) => window.isLeader),
      [true, false, false],
    );

    await untilTold();
    assert.ok(!second.isLeader && !third.isLeader, "it has the lock as long as it lives");
    const killed = performance.now();
    await leader.kill();
    await takenOver([second, third], killed);
    await second.isOnline();
    await second.ask("send", { chat: directChat(BOB), text: "1:2" });
    await bob.until("all", async () => (await heard()).length === 3);
    assert.deepEqual(await heard(), numbered(1, 3));
  });

  it("are not affected when a follower is killed", async () => {
    const [leader, second, third] = await talking(3);
    assert.ok(leader && second && third);
    second.ask("send", { chat: directChat(BOB), text: "1:0" }).catch(() => {});
    await second.kill();
    await third.ask("send", { chat: directChat(BOB), text: "2:0" });
    await bob.until("the third window", async () => (await heard()).includes("2:0"));
    assert.ok(leader.isLeader);
    assert.deepEqual(leader.complaints, []);
  });

  it("mark a message read in all when it is read in one, and notify in the focused one", async () => {
    const windows = await talking(3);
    const [leader, second, third] = windows;
    assert.ok(leader && second && third);
    await leader.ask("setFocused", true);
    await second.ask("setFocused", true);
    await leader.ask("setFocused", false);
    // Requested after the focus on the same pipe: the leader knows the focus when it answers.
    await second.ask("safetyNumber", { peer: BOB });
    await bob.messenger.send({ chat: directChat(ALICE), text: "hello" });
    await Promise.all(
      windows.map((window) => window.until("unread", () => window.chat(directChat(BOB))?.unread === 1)),
    );
    await second.until("told", () => told(second).length === 1);
    assert.deepEqual(
      [leader, second, third].map((window) => told(window).length),
      [0, 1, 0],
    );
    assert.equal(told(second)[0]?.chats[0]?.unread, 1, "and shows there what it is told of");
    await third.ask("markRead", { chat: directChat(BOB) });
    await Promise.all(
      windows.map((window) => window.until("read", () => window.chat(directChat(BOB))?.unread === 0)),
    );
    await bob.until(
      "the receipt",
      async () =>
        (await bob.messenger.messages({ chat: directChat(ALICE), stretch: { limit: 1 } }))[0]?.state ===
        "read",
    );
  });

  it("stay signed out when the leader is killed after the user signed out", async () => {
    const [leader, second] = await talking(2);
    assert.ok(leader && second);
    await second.ask("signOut");
    const killed = performance.now();
    await leader.kill();
    await takenOver([second], killed);
    await second.until("signed out", () => second.last?.state === "signed-out");
    await second.ask("connect");
    await second.isOnline();
  });

  it("show again the error that stopped the account when the leader is killed, and not a sign-out", async () => {
    const [leader, second] = await talking(2);
    assert.ok(leader && second);
    await server.revoke(ALICE);
    await second.until("stopped", () => second.last?.state === "stopped");
    const killed = performance.now();
    await leader.kill();
    await takenOver([second], killed);
    await second.until("stopped again", () => second.isLeader && second.last?.state === "stopped");
  });

  it("keep nothing in any once the account is forgotten in one", async () => {
    const windows = await talking(3);
    await windows[2]?.ask("forget");
    await Promise.all(
      windows.map((window) =>
        window.until("nothing", () => window.last?.state === "no-account" && window.last.chats.length === 0),
      ),
    );
  });

  function told(window: WindowProcess): readonly WindowEvent[] {
    return window.events.filter(({ event }) => event === "notify");
  }

  /**
   * Waits for the takeover.
   * @returns the window that took over.
   * @param since performance.now() when the leader ended
   */
  async function takenOver(windows: readonly WindowProcess[], since: number): Promise<WindowProcess> {
    const next = await Promise.any(
      windows.map(async (window) => {
        await window.until("leader", () => window.isLeader);
        return window;
      }),
    );
    const took = performance.now() - since;
    console.log(`      takeover in ${took.toFixed(0)} ms`);
    assert.ok(took < TAKEOVER_MS, `took ${took} ms`);
    return next;
  }
});
