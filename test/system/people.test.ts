/** Blocking, muting, being invisible and requests while offline: complete messengers on the real server. */

import assert from "node:assert/strict";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { username } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

describe("people", function () {
  this.timeout(180_000);
  const team = realTeam();
  const { member } = team;
  let alice: Computer;
  let mallory: Computer;

  beforeEach(async () => {
    [alice, mallory] = [await member("alice"), await member("mallory")];
    await Promise.all([alice.sees(mallory), mallory.sees(alice)]);
  });

  describe("requested while away", () => {
    it("get the request when they return, and can accept it", async () => {
      await alice.messenger.signOut();
      await mallory.sees(alice, false);
      await assert.rejects(mallory.messenger.request({ peer: alice.name }), code("user-not-found"));
      await mallory.messenger.request({ peer: alice.name, wait: true });
      await mallory.isIn(alice, "requested");
      await mallory.messenger.signOut();
      await alice.goesOnline();
      await alice.isIn(mallory, "invited");
      await alice.accepts(mallory);
      await mallory.goesOnline();
      await Promise.all([alice.isIn(mallory, "open"), mallory.isIn(alice, "open")]);
      await alice.messenger.send({ chat: directChat(mallory.name), text: "here I am" });
      await mallory.hears(alice, "here I am");
    });

    it("get nothing when it was withdrawn; the requester gets a refusal", async () => {
      await alice.messenger.signOut();
      await mallory.sees(alice, false);
      await mallory.messenger.request({ peer: alice.name, wait: true });
      await mallory.closes(alice);
      await alice.goesOnline();
      const carol = await member("carol");
      await carol.sees(alice);
      await alice.messenger.signOut();
      await carol.sees(alice, false);
      assert.equal(alice.messenger.chat(directChat(mallory.name)).phase, "none");
      await carol.messenger.request({ peer: alice.name, wait: true });
      await alice.goesOnline();
      await alice.isIn(carol, "invited");
      await alice.refuses(carol);
      await carol.isIn(alice, "none");
      assert.deepEqual(await carol.transcript(alice), ["* refused"]);
    });

    it("cause the same answer as an unknown or blocking person", async () => {
      await alice.messenger.block({ peer: mallory.name, request: null });
      await mallory.sees(alice, false);
      const nobody = username(team.name("nobody"));
      for (const name of [nobody, alice.name]) {
        await assert.rejects(mallory.messenger.request({ peer: name }), code("user-not-found"));
        await mallory.messenger.request({ peer: name, wait: true });
        assert.equal(mallory.messenger.chat(directChat(name)).phase, "requested");
        await mallory.closes({ name: name });
        assert.equal(mallory.messenger.chat(directChat(name)).phase, "none");
      }
      assert.deepEqual(alice.messenger.chats().length, 0);
    });
  });

  it("who send a request are shown with the key that signed it, and since when it is known", async () => {
    await mallory.messenger.request({ peer: alice.name });
    await alice.isIn(mallory, "invited");
    const asking = alice.messenger.people().find(({ name }) => name === mallory.name);
    assert.equal(asking?.fingerprint, mallory.messenger.account?.fingerprint);
    assert.equal(asking?.knownSince, undefined);
    await alice.accepts(mallory);
    await alice.isIn(mallory, "open");
    const known = alice.messenger.people().find(({ name }) => name === mallory.name);
    assert.ok(Math.abs((known?.knownSince ?? 0) - Date.now()) < 60_000);
  });

  it("that are muted stay muted across a restart, and so does Do Not Disturb", async () => {
    await alice.messenger.setMuted({ chat: directChat(mallory.name), muted: "all" });
    const until = Date.now() + 3600_000;
    await alice.messenger.setQuiet({ until });
    await alice.close();
    await alice.open();
    assert.equal(alice.messenger.chat(directChat(mallory.name)).muted, "all");
    assert.equal(await alice.messenger.quietUntil(), until);
    await alice.messenger.setMuted({ chat: directChat(mallory.name), muted: "no" });
    await alice.messenger.setQuiet({ until: Date.now() - 1 });
    assert.equal(alice.messenger.chat(directChat(mallory.name)).muted, "no");
    assert.equal(await alice.messenger.quietUntil(), null);
  });

  it("that are invisible look offline to others, can chat, and stay invisible across a sign-in", async () => {
    await mallory.opensChatWith(alice);
    await alice.messenger.setInvisible({ invisible: true });
    await mallory.sees(alice, false);
    await mallory.messenger.send({ chat: directChat(alice.name), text: "hello" });
    await alice.hears(mallory, "hello");
    await alice.messenger.signOut();
    await assert.rejects(alice.messenger.setInvisible({ invisible: false }), code("not-connected"));
    await alice.goesOnline();
    assert.equal(await alice.messenger.invisible(), true);
    await mallory.messenger.send({ chat: directChat(alice.name), text: "again" });
    await alice.hears(mallory, "again");
    assert.equal(partner(mallory.messenger.chat(directChat(alice.name))).online, false);
    await alice.messenger.setInvisible({ invisible: false });
    await mallory.sees(alice);
  });

  describe("blocked", () => {
    it("see the blocker offline, and their messages as sent", async () => {
      await mallory.opensChatWith(alice);
      await alice.messenger.block({ peer: mallory.name, request: null });
      await mallory.sees(alice, false);
      assert.deepEqual(await alice.messenger.blocked(), [mallory.name]);
      assert.equal(partner(alice.messenger.chat(directChat(mallory.name))).blocked, true);
      assert.equal(mallory.messenger.chat(directChat(alice.name)).phase, "open");
      await mallory.messenger.send({ chat: directChat(alice.name), text: "are you there?" });
      await mallory.has(alice, "sent", "are you there?");
      assert.deepEqual(await alice.transcript(mallory), ["* opened", "* closed-by-me"]);
      await assert.rejects(alice.messenger.request({ peer: mallory.name }), code("blocked"));
    });

    it("are refused like by an unknown name, and their request disappears from the blocker's screen", async () => {
      await mallory.messenger.request({ peer: alice.name });
      await alice.isIn(mallory, "invited");
      await alice.messenger.block({ peer: mallory.name, request: null });
      assert.equal(alice.messenger.chat(directChat(mallory.name)).phase, "none");
      assert.deepEqual(alice.messenger.people(), []);
      await mallory.sees(alice, false);
      assert.equal(mallory.messenger.chat(directChat(alice.name)).phase, "requested", "nobody refused");
      await mallory.closes(alice);
      await mallory.isIn(alice, "none");
      await assert.rejects(mallory.messenger.request({ peer: alice.name }), code("user-not-found"));
    });

    it("stay blocked across restarts of both; the server is told later when there was no line", async () => {
      await alice.messenger.signOut();
      await alice.messenger.block({ peer: mallory.name, request: null });
      await alice.close();
      await alice.open();
      assert.deepEqual(await alice.messenger.blocked(), [mallory.name]);
      await assert.rejects(alice.messenger.unblock({ peer: mallory.name }), code("not-connected"));
      await mallory.sees(alice, false);
      await alice.goesOnline();
      // Visible for a moment at most: from the sign-in until the client asks to be invisible.
      const carol = await member("carol");
      await carol.sees(alice);
      await mallory.sees(alice, false);
    });

    it("can be unblocked, and request again", async () => {
      await mallory.opensChatWith(alice);
      await alice.messenger.block({ peer: mallory.name, request: null });
      await mallory.sees(alice, false);
      await alice.messenger.unblock({ peer: mallory.name });
      await mallory.sees(alice);
      await mallory.isIn(alice, "closed-by-peer");
      assert.deepEqual(await alice.messenger.blocked(), []);
      await mallory.opensChatWith(alice);
      await mallory.messenger.send({ chat: directChat(alice.name), text: "hello again" });
      await alice.hears(mallory, "hello again");
    });

    it("are shown on a computer that has lost the block, to keep or to lift it", async () => {
      await alice.messenger.block({ peer: mallory.name, request: null });
      await alice.close();
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
      const db = new DatabaseSync(alice.database);
      db.exec("DELETE FROM contact");
      db.close();
      await alice.open();
      assert.deepEqual(await alice.messenger.blocked(), []);
      await alice.goesOnline();
      const claimed = () => alice.messenger.claimedBlocks().includes(mallory.name);
      await alice.until("the server's word", claimed);
      assert.deepEqual(await alice.messenger.blocked(), []);
      await alice.messenger.block({ peer: mallory.name, request: null });
      assert.deepEqual([await alice.messenger.blocked(), claimed()], [[mallory.name], false]);
      await alice.messenger.unblock({ peer: mallory.name });
      await mallory.sees(alice);
      assert.deepEqual([await alice.messenger.blocked(), claimed()], [[], false]);
    });
  });
});
