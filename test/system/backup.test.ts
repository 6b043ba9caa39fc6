/** Restoring on a new laptop, and losing a laptop: complete messengers on the real server. */

import assert from "node:assert/strict";
import { readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { mock } from "node:test";
import { setTimeout } from "node:timers/promises";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { Client } from "../../protocol/client/client.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { NetworkError, ParleyError } from "../../protocol/errors.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

const PASSPHRASE = "tulip mason orbit velvet";

describe("a new laptop", function () {
  this.timeout(180_000);
  let server: RealServer;
  let link: string;
  let count = 0;
  let computers: Computer[];
  let path: string;

  before(async () => {
    server = await RealServer.start();
    link = await server.invite(500);
  });
  after(() => server.remove());
  beforeEach(() => {
    computers = [];
    count++;
  });
  afterEach(async () => {
    rmSync(path, { force: true });
    await Promise.all(computers.map((computer) => computer.remove()));
  });

  async function computer(name: string): Promise<Computer> {
    const made = await Computer.start(name);
    computers.push(made);
    return made;
  }

  /** Lets alice and bob chat and verify each other, and makes alice's backup. */
  async function talked(): Promise<[Computer, Computer]> {
    const [alice, bob] = [await computer(`alice${count}`), await computer(`bob${count}`)];
    path = join(alice.folder, "..", `parley-test-${process.pid}-${count}.backup`);
    await Promise.all([alice.joins(link), bob.joins(link)]);
    await alice.opensChatWith(bob);
    await alice.verifies(bob);
    await bob.verifies(alice);
    await alice.messenger.send({ chat: directChat(bob.name), text: "from alice" });
    await bob.messenger.send({ chat: directChat(alice.name), text: "from bob" });
    await Promise.all([alice.hears(bob, "from bob"), bob.hears(alice, "from alice")]);
    await alice.has(bob, "delivered", "from alice");
    await alice.messenger.backUp({ path, passphrase: PASSPHRASE });
    return [alice, bob];
  }

  const events = async (who: Computer, peer: Computer) =>
    (await who.messages(peer)).flatMap(({ body }) => (body.kind === "event" ? [body.event] : []));
  /** Returns the messages from `peer`, in order. */
  const said = async (who: Computer, peer: Computer) =>
    (await who.messages(peer)).flatMap(({ body, author }) =>
      body.kind === "text" && author === peer.name ? [body.text] : [],
    );
  /** Returns the people whose requests the users of those computers are asked about, from now on. */
  function requestsTo(...people: readonly Computer[]): readonly string[] {
    const names: string[] = [];
    for (const { messenger } of people) messenger.on("request", ({ from }) => names.push(from.name));
    return names;
  }
  async function isSuperseded(who: Computer): Promise<void> {
    await who.until("superseded", () => {
      const { state } = who.messenger;
      return (
        state.type === "stopped" && state.error instanceof ParleyError && state.error.code === "superseded"
      );
    });
  }

  it("restores a backup's history, pinned keys and verified marks", async () => {
    const [alice, bob] = await talked();
    const { account } = alice.messenger;
    const number = await alice.messenger.safetyNumber({ peer: bob.name });
    await alice.close();
    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    assert.deepEqual(anew.messenger.account, account);
    assert.equal(anew.messenger.state.type, "signed-out");
    assert.equal(partner(anew.messenger.chat(directChat(bob.name))).trust, "verified");
    assert.equal(await anew.messenger.safetyNumber({ peer: bob.name }), number);
    assert.deepEqual(await anew.transcript(bob), ["* opened", "> from alice", "< from bob", "* restored"]);

    assert.equal(anew.messenger.chat(directChat(bob.name)).phase, "open");

    const asked = requestsTo(anew, bob);
    await anew.messenger.send({ chat: directChat(bob.name), text: "new laptop" });
    await anew.goesOnline();
    await bob.messenger.send({ chat: directChat(anew.name), text: "and?" });
    await bob.hears(anew, "new laptop");
    await anew.hears(bob, "and?");
    await anew.has(bob, "delivered", "new laptop");
    await bob.has(anew, "delivered", "and?");
    assert.equal(partner(bob.messenger.chat(directChat(anew.name))).trust, "verified");
    assert.equal(partner(anew.messenger.chat(directChat(bob.name))).trust, "verified");
    assert.equal(await bob.messenger.safetyNumber({ peer: anew.name }), number);
    assert.deepEqual(await events(anew, bob), ["opened", "restored", "renewed"]);
    assert.equal((await events(bob, anew)).at(-1), "renewed");
    for (const bad of ["key-changed", "undecryptable", "missing", "late"] as const)
      assert.ok(![...(await events(anew, bob)), ...(await events(bob, anew))].includes(bad), bad);
    assert.deepEqual(asked, []);
  });

  it("delivers both people's undelivered messages once and in order, and no delivered one again", async () => {
    const [alice, bob] = await talked();
    await bob.messenger.signOut();
    await alice.sees(bob, false);
    for (const text of ["sent", "sent too"]) await alice.messenger.send({ chat: directChat(bob.name), text });
    await alice.has(bob, "sent", "sent", "sent too");
    await alice.messenger.signOut();
    await alice.messenger.send({ chat: directChat(bob.name), text: "waiting" });
    await alice.messenger.backUp({ path, passphrase: PASSPHRASE });
    await alice.close();
    await bob.goesOnline();
    await bob.hears(alice, "sent", "sent too");
    for (const text of ["are you there?", "well then"])
      await bob.messenger.send({ chat: directChat(alice.name), text });
    await bob.has(alice, "sent", "are you there?", "well then");

    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    await anew.has(bob, "waiting", "sent", "sent too", "waiting");
    await anew.messenger.send({ chat: directChat(bob.name), text: "here I am" });
    await anew.goesOnline();
    await anew.hears(bob, "from bob", "are you there?", "well then");
    await bob.hears(anew, "from alice", "sent", "sent too", "waiting", "here I am");
    await anew.has(bob, "delivered", "from alice", "sent", "sent too", "waiting", "here I am");
    await bob.has(anew, "delivered", "from bob", "are you there?", "well then");
    assert.deepEqual(await said(bob, anew), ["from alice", "sent", "sent too", "waiting", "here I am"]);
    assert.deepEqual(await said(anew, bob), ["from bob", "are you there?", "well then"]);
  });

  it("continues with a person who was away once they return, without asking anybody", async () => {
    const [alice, bob] = await talked();
    await bob.messenger.signOut();
    await alice.close();
    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    const asked = requestsTo(anew, bob);
    await anew.goesOnline();
    await anew.messenger.send({ chat: directChat(bob.name), text: "back" });
    await bob.messenger.send({ chat: directChat(anew.name), text: "written offline" });
    // Its request waits at the server; alice need not be online when bob returns.
    while (server.requestsOf(anew.name) === 0) await setTimeout(20);
    await anew.messenger.signOut();
    await bob.goesOnline();
    while (server.requestsOf(anew.name) > 0) await setTimeout(20);
    await bob.messenger.signOut();
    await anew.goesOnline();
    await anew.has(bob, "sent", "back");
    await bob.goesOnline();
    await bob.hears(anew, "back");
    await anew.hears(bob, "written offline");
    await anew.has(bob, "delivered", "back");
    await bob.has(anew, "delivered", "written offline");
    assert.deepEqual(asked, []);
    assert.deepEqual(await said(bob, anew), ["from alice", "back"]);
    assert.deepEqual(await said(anew, bob), ["from bob", "written offline"]);
  });

  it("ends a conversation newer than the backup, so that its lost messages are sent again without anybody writing", async () => {
    const [alice, bob] = await talked();
    const carol = await computer(`carol${count}`);
    await carol.joins(link);
    await carol.opensChatWith(alice);
    await alice.messenger.signOut();
    await carol.messenger.send({ chat: directChat(alice.name), text: "since the backup" });
    await carol.has(alice, "sent", "since the backup");
    await alice.dies("since the backup");
    // Her confirmation is being sent: the server may forget the message.
    while (server.mailFor(alice.name) > 0) await setTimeout(20);

    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    const requests = requestsTo(anew, bob);
    await anew.goesOnline();
    await anew.isIn(carol, "invited");
    await anew.accepts(carol);
    await anew.hears(carol, "since the backup");
    await carol.has(alice, "delivered", "since the backup");
    await anew.messenger.send({ chat: directChat(bob.name), text: "new laptop" });
    await anew.has(bob, "delivered", "new laptop");
    assert.deepEqual(requests, [carol.name]);
  });

  it("sends no request to a person who was blocked, or whose chat was closed, since the backup", async () => {
    const [alice, bob] = await talked();
    const carol = await computer(`carol${count}`);
    await carol.joins(link);
    await alice.opensChatWith(carol);
    await alice.messenger.backUp({ path, passphrase: PASSPHRASE });
    await alice.messenger.block({ peer: bob.name, request: null });
    await alice.close();
    await carol.sees(alice, false);
    await carol.closes(alice);
    const before = await bob.transcript(alice);
    const asked = requestsTo(bob, carol);
    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    await anew.goesOnline();
    await anew.until("the server's word", () => anew.messenger.claimedBlocks().includes(bob.name));
    await anew.isIn(carol, "closed-by-peer");
    assert.equal(anew.messenger.chat(directChat(bob.name)).phase, "open", "nobody has decided here");
    await anew.messenger.block({ peer: bob.name, request: null });
    await anew.isIn(bob, "closed-by-me");
    assert.deepEqual(await anew.messenger.blocked(), [bob.name]);
    await carol.messenger.request({ peer: anew.name });
    await anew.isIn(carol, "invited");
    await anew.accepts(carol);
    await anew.isIn(carol, "open");
    assert.deepEqual(asked, []);
    assert.deepEqual(await bob.transcript(anew), before);
  });

  it("is safe beside the old laptop: one is signed in at a time, each continues, nothing arrives twice", async () => {
    const [alice, bob] = await talked();
    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    const asked = requestsTo(bob);
    await anew.goesOnline();
    await isSuperseded(alice);
    await anew.messenger.send({ chat: directChat(bob.name), text: "from the new one" });
    await bob.messenger.send({ chat: directChat(anew.name), text: "to the new one" });
    await anew.hears(bob, "to the new one");
    await bob.hears(anew, "from the new one");
    await bob.has(anew, "delivered", "to the new one");

    // The old one is signed in again, with the keys of the ended conversation.
    await alice.messenger.send({ chat: directChat(bob.name), text: "from the old one" });
    await alice.goesOnline();
    await isSuperseded(anew);
    await bob.messenger.send({ chat: directChat(alice.name), text: "to the old one" });
    await bob.hears(alice, "from the old one");
    await alice.hears(bob, "to the old one");
    await bob.has(alice, "delivered", "to the old one");

    await anew.goesOnline();
    await isSuperseded(alice);
    await anew.messenger.send({ chat: directChat(bob.name), text: "and on" });
    await bob.messenger.send({ chat: directChat(anew.name), text: "as ever" });
    await bob.hears(anew, "and on");
    await anew.hears(bob, "as ever");
    await anew.has(bob, "delivered", "from the new one", "and on");
    await bob.has(anew, "delivered", "from bob", "to the new one", "to the old one", "as ever");
    assert.deepEqual(await said(bob, anew), ["from alice", "from the new one", "from the old one", "and on"]);
    // Messages to one of the two are on that one only.
    assert.deepEqual(await said(anew, bob), ["from bob", "to the new one", "as ever"]);
    assert.deepEqual(await said(alice, bob), ["from bob", "to the old one"]);
    assert.equal(partner(bob.messenger.chat(directChat(anew.name))).trust, "verified");
    assert.deepEqual(asked, []);
  });

  /** Asserts that bob and alice can chat from either of alice's computers, without asking a user. */
  async function assertTheyTalk(alice: Computer, bob: Computer, word: string): Promise<void> {
    await alice.messenger.send({ chat: directChat(bob.name), text: `${word}?` });
    await bob.messenger.send({ chat: directChat(alice.name), text: word });
    await bob.hears(alice, `${word}?`);
    await alice.hears(bob, word);
    await alice.has(bob, "delivered", `${word}?`);
    await bob.has(alice, "delivered", word);
  }

  /**
   * From now on the server acknowledges no request.
   * @returns a function that ends that, and the line with it
   */
  function linesWithoutAnswers(): () => void {
    let cut: () => void = () => {};
    const gone = new Promise<never>((_, reject) => {
      cut = () => reject(new NetworkError("cut", "the line went"));
    });
    const { requestToTalk } = Client.prototype;
    const unanswered = mock.method(Client.prototype, "requestToTalk", async function (
      this: Client,
      ...request
    ) {
      await requestToTalk.apply(this, request);
      return gone;
    } as typeof requestToTalk);
    return () => {
      unanswered.mock.restore();
      cut();
    };
  }

  for (const [what, hears] of [
    ["went to the old one", true],
    ["went to the old one, and it never heard that its request had arrived", false],
  ] as const)
    it(`continues when the acceptance of its request ${what}`, async () => {
      const [alice, bob] = await talked();
      await Promise.all([alice.messenger.signOut(), bob.messenger.signOut()]);
      const anew = await computer(alice.name);
      await anew.restores(path, PASSPHRASE);
      const asked = requestsTo(alice, anew, bob);
      const lineGoes = hears ? () => {} : linesWithoutAnswers();
      await anew.goesOnline();
      while (server.requestsOf(anew.name) === 0) await setTimeout(20);
      lineGoes();
      await anew.messenger.signOut();
      await bob.goesOnline();
      while (server.requestsOf(anew.name) > 0) await setTimeout(20);
      await alice.goesOnline();
      await assertTheyTalk(alice, bob, "old");
      await alice.messenger.signOut();
      // Bob stays silent, since a message of his could help the new one.
      await anew.messenger.send({ chat: directChat(bob.name), text: "from the new one" });
      await anew.goesOnline();
      await anew.has(bob, "delivered", "from the new one");
      await assertTheyTalk(anew, bob, "new");
      assert.deepEqual(asked, []);
    });

  it("tells the person who accepts a forgotten request that it is unknown", async () => {
    const [alice, bob] = await talked();
    const carol = await computer(`carol${count}`);
    await carol.joins(link);
    await carol.messenger.signOut();
    await alice.messenger.request({ peer: carol.name, wait: true });
    await alice.messenger.backUp({ path, passphrase: PASSPHRASE });
    await alice.close();
    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    assert.equal(anew.messenger.chat(directChat(carol.name)).phase, "none");
    await anew.goesOnline();
    await carol.goesOnline();
    await carol.isIn(anew, "invited");
    await carol.accepts(anew);
    await carol.isIn(anew, "closed-by-peer");
    await anew.opensChatWith(carol);
    await assertTheyTalk(anew, bob, "and bob");
  });

  it("continues when the keys of a request that it accepted were delivered to the old one", async () => {
    const [alice, bob] = await talked();
    await alice.messenger.signOut();
    await bob.messenger.send({ chat: directChat(alice.name), text: "for whoever comes" });
    await bob.has(alice, "sent", "for whoever comes");
    await bob.messenger.signOut();
    const anew = await computer(alice.name);
    await anew.restores(path, PASSPHRASE);
    const asked = requestsTo(alice, anew, bob);
    await anew.goesOnline(); // It cannot open it, and notifies bob, who then sends a request.
    while (server.conversationsOf(anew.name) > 0) await setTimeout(20);
    await anew.messenger.signOut();
    await bob.goesOnline();
    while (server.requestsOf(bob.name) === 0) await setTimeout(20);
    await bob.messenger.signOut();
    await anew.goesOnline();
    while (server.requestsOf(bob.name) > 0) await setTimeout(20);
    await anew.messenger.signOut();
    await bob.goesOnline();
    await bob.until("making keys", async () => (await events(bob, anew)).at(-1) === "renewed");
    await bob.has(anew, "sent", "for whoever comes");
    await alice.goesOnline();
    await alice.hears(bob, "for whoever comes");
    await assertTheyTalk(alice, bob, "old");
    await alice.messenger.signOut();
    await anew.goesOnline();
    await assertTheyTalk(anew, bob, "new");
    assert.deepEqual(await said(bob, anew), ["from alice", "old?", "new?"]);
    assert.deepEqual(await said(alice, bob), ["from bob", "for whoever comes", "old"]);
    assert.deepEqual(asked, []);
  });

  it("refuses a wrong passphrase, a truncated file and another kind of file, and keeps the current account", async () => {
    const [alice, bob] = await talked();
    const before = await alice.transcript(bob);
    const carol = await computer(`carol${count}`);
    await carol.joins(link);
    await assert.rejects(carol.restores(path, "some other passphrase"), code("wrong-passphrase"));
    await assert.rejects(carol.restores(carol.folder, PASSPHRASE), { code: "EISDIR" });
    await assert.rejects(carol.restores("package.json", PASSPHRASE), code("backup-unknown"));
    truncateSync(path, readFileSync(path).length - 1);
    await assert.rejects(carol.restores(path, PASSPHRASE), code("backup-damaged"));
    assert.equal(carol.messenger.state.type, "online");
    assert.equal(carol.messenger.account?.name, carol.name);
    await carol.opensChatWith(alice);
    assert.deepEqual(await alice.transcript(bob), before);
  });

  it("replaces the current account, with its keys and history", async () => {
    const [alice, bob] = await talked();
    await alice.close();
    const carol = await computer(`carol${count}`);
    await carol.joins(link);
    await carol.opensChatWith(bob);
    await bob.messenger.send({ chat: directChat(carol.name), text: "for carol" });
    await carol.hears(bob, "for carol");
    await carol.restores(path, PASSPHRASE);
    assert.equal(carol.messenger.account?.name, alice.name);
    assert.deepEqual(await carol.transcript(bob), ["* opened", "> from alice", "< from bob", "* restored"]);
    await carol.close();
    await carol.open();
    assert.equal(carol.messenger.account?.name, alice.name);
    await carol.goesOnline();
    assert.ok(!carol.complaints.some((text) => text.includes("set aside")), carol.story());
  });

  it("restores one backup at a time, and can be cancelled", async () => {
    const [alice] = await talked();
    const before = readFileSync(path);
    const running = alice.messenger.backUp({ path, passphrase: PASSPHRASE });
    await assert.rejects(alice.restores(path, PASSPHRASE), code("wrong-state"));
    await alice.messenger.stopArchiving();
    await assert.rejects(running, code("cancelled"));
    assert.deepEqual(readFileSync(path), before);
    assert.equal(alice.messenger.state.type, "online");
  });
});

describe("a lost laptop", function () {
  this.timeout(180_000);
  it("is revoked by its name; the name returns with a new key, which stops conversations", async () => {
    const server = await RealServer.start();
    const computers: Computer[] = [];
    const member = async (name: string, invite: string) => {
      const made = await Computer.start(name);
      computers.push(made);
      await made.joins(invite);
      return made;
    };
    try {
      const link = await server.invite(5);
      const [alice, lost] = [await member("alice", link), await member("bob", link)];
      await alice.opensChatWith(lost);
      await alice.verifies(lost);
      await server.revoke(lost.name);
      await lost.until("stopped", () => lost.messenger.state.type === "stopped");
      await lost.messenger.connect();
      await lost.until("refused", () => {
        const { state } = lost.messenger;
        return state.type === "stopped" && "code" in state.error && state.error.code === "auth-refused";
      });
      const anew = await member("bob", await server.invite(1, lost.name));
      await anew.sees(alice);
      await anew.messenger.request({ peer: alice.name });
      await alice.isIn(anew, "key-changed");
      assert.equal(partner(alice.messenger.chat(directChat(anew.name))).trust, "changed");
      await assert.rejects(
        alice.messenger.send({ chat: directChat(anew.name), text: "secret" }),
        code("identity-changed"),
      );
      await alice.trustsNewKey(anew);
      assert.equal(partner(alice.messenger.chat(directChat(anew.name))).trust, "pinned");
      await alice.messenger.request({ peer: anew.name });
      await Promise.all([alice.isIn(anew, "open"), anew.isIn(alice, "open")]);
      await alice.messenger.send({ chat: directChat(anew.name), text: "hello again" });
      await anew.hears(alice, "hello again");
    } finally {
      await Promise.all(computers.map((computer) => computer.remove()));
      await server.remove();
    }
  });
});
