/** The user's defaults for new chats, on complete messengers at the real server. */

import assert from "node:assert/strict";
import { directChat } from "../../messenger/chats/direct.ts";
import { NO_DEFAULTS } from "../../messenger/chats/new-chat.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

const HOUR = 60 * 60;

describe("the settings of new chats", function () {
  this.timeout(180_000);
  const team = realTeam();
  const { member } = team;
  let alice: Computer;
  let bob: Computer;

  beforeEach(async () => {
    [alice, bob] = [await member("alice"), await member("bob")];
    await Promise.all([alice.sees(bob), bob.sees(alice)]);
  });
  const termsOf = (who: Computer, other: Computer) => {
    const { keep, muted, timerSeconds } = who.messenger.chat(directChat(other.name));
    return { keep, muted, timerSeconds };
  };
  const timersAre = (seconds: number) =>
    Promise.all([
      alice.until("timer", () => termsOf(alice, bob).timerSeconds === seconds),
      bob.until("timer", () => termsOf(bob, alice).timerSeconds === seconds),
    ]);

  for (const [who, title] of [
    ["asker", "the requester"],
    ["asked", "the addressee"],
  ] as const)
    it(`apply to the chat of ${title}, and the timer on both sides`, async () => {
      const wanting = who === "asker" ? alice : bob;
      wanting.newChats = { keep: "7d", muted: "toasts", timerSeconds: HOUR };
      await alice.opensChatWith(bob);
      await timersAre(HOUR);
      const other = wanting === alice ? bob : alice;
      assert.deepEqual(termsOf(wanting, other), { keep: "7d", muted: "toasts", timerSeconds: HOUR });
      assert.deepEqual(termsOf(other, wanting), { keep: "forever", muted: "no", timerSeconds: HOUR });
      assert.ok((await wanting.transcript(other)).includes("* timer-set-by-me"));
      assert.ok((await other.transcript(wanting)).includes("* timer-set-by-peer"));
    });

  it("give the shorter timer when both differ", async () => {
    alice.newChats = { ...NO_DEFAULTS, timerSeconds: 8 * HOUR };
    bob.newChats = { ...NO_DEFAULTS, timerSeconds: HOUR };
    await alice.opensChatWith(bob);
    await timersAre(HOUR);
  });

  it("change neither existing chats nor a chat's own settings", async () => {
    await alice.messenger.setKeep({ chat: directChat(bob.name), keep: "90d" });
    await alice.opensChatWith(bob);
    await alice.messenger.send({ chat: directChat(bob.name), text: "old" });
    await alice.has(bob, "delivered", "old");
    const before = termsOf(alice, bob);
    assert.deepEqual(before, { keep: "90d", muted: "no", timerSeconds: 0 });
    await alice.closes(bob);
    await bob.isIn(alice, "closed-by-peer");
    for (const one of [alice, bob]) one.newChats = { keep: "1d", muted: "all", timerSeconds: HOUR };
    await bob.opensChatWith(alice);
    await bob.messenger.send({ chat: directChat(alice.name), text: "new" });
    await alice.hears(bob, "new");
    assert.deepEqual(termsOf(alice, bob), before);
    assert.deepEqual(termsOf(bob, alice), { keep: "forever", muted: "no", timerSeconds: 0 });
    assert.ok((await alice.transcript(bob)).includes("> old"));
  });

  it("are read when the chat opens, also after a first request that was refused", async () => {
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    await bob.refuses(alice);
    await alice.isIn(bob, "none");
    await alice.close();
    await alice.open();
    alice.newChats = { keep: "off", muted: "all", timerSeconds: 0 };
    await alice.goesOnline();
    await alice.isOnline();
    await alice.sees(bob);
    await alice.opensChatWith(bob);
    assert.deepEqual(termsOf(alice, bob), { keep: "off", muted: "all", timerSeconds: 0 });
  });
});
