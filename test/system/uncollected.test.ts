/**
 * Messages that expire undelivered: the states that messengers show when the real server has dropped them.
 * Weeks pass on both disks.
 */

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { directChat } from "../../messenger/chats/direct.ts";
import { DEFAULT_LIMITS } from "../../server/limits.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

const DAY_MS = 24 * 3600 * 1000;
const IN_VAIN_DAYS = 33;
const PASSES_AN_HOUR = new URL("../fixtures/an-hour-later.ts", import.meta.url).href;

describe("uncollected messages", function () {
  this.timeout(180_000);
  const team = realTeam(["--import", PASSES_AN_HOUR]);
  const { member } = team;
  let alice: Computer;
  let bob: Computer;

  beforeEach(async () => {
    [alice, bob] = [await member("alice"), await member("bob")];
    await alice.opensChatWith(bob);
  });
  async function goesAway(who: Computer): Promise<void> {
    await who.messenger.signOut();
    await alice.sees(who, false);
  }
  async function says(to: Computer, ...texts: readonly string[]): Promise<void> {
    for (const text of texts) await alice.messenger.send({ chat: directChat(to.name), text });
    await alice.has(to, "sent", ...texts);
  }

  /**
   * Starts Alice's client and the server again that many days later; the server drops old mail after its
   * first hour.
   */
  async function daysPass(days: number, forServer = days): Promise<void> {
    await alice.close();
    const store = alice.openStore();
    for (const chat of store.chats.all())
      store.transaction(() => {
        for (const message of store.messages.undelivered(chat.number, 0)) {
          assert.ok(message.sentAt);
          store.messages.setSent(message, message.sentAt - days * DAY_MS);
        }
      });
    store.close();
    await team.server.stop();
    team.server.age(forServer);
    await team.server.restart();
    team.server.tell("an hour later");
    while (team.server.olderThan(DEFAULT_LIMITS.mailboxDays) > 0) await setTimeout(20);
    await alice.open();
  }
  const failures = async (to: Computer) =>
    (await alice.messages(to)).flatMap(({ state, failure }) => (state === "failed" ? [failure] : []));

  it("fail once the server has dropped them, and arrive once when they are sent again", async () => {
    await goesAway(bob);
    await says(bob, "one", "two");
    await daysPass(IN_VAIN_DAYS);
    await bob.goesOnline();
    await alice.goesOnline();
    await alice.has(bob, "failed", "one", "two");
    assert.deepEqual(await failures(bob), ["not-collected", "not-collected"]);
    assert.deepEqual(await bob.transcript(alice), ["* opened"]);
    for (const { id, state } of await alice.messages(bob))
      if (state === "failed") await alice.messenger.retry({ chat: directChat(bob.name), id });
    await alice.has(bob, "delivered", "one", "two");
    assert.deepEqual((await bob.transcript(alice)).slice(-2), ["< one", "< two"]);
    await alice.messenger.send({ chat: directChat(bob.name), text: "three" });
    await alice.has(bob, "delivered", "three");
  });

  it("do not include those whose receipt was waiting, or that the server still has", async () => {
    await goesAway(bob);
    await says(bob, "fetched");
    await alice.messenger.signOut();
    await bob.goesOnline();
    await bob.hears(alice, "fetched");
    while (team.server.mailFor(alice.name) === 0) await setTimeout(20);
    await bob.messenger.signOut();
    // For the server only a moment passed.
    await daysPass(IN_VAIN_DAYS, 0);
    const shown: unknown[] = [];
    alice.messenger.on("updated", ({ state }) => shown.push(state));
    await alice.goesOnline();
    await alice.has(bob, "delivered", "fetched");

    const carol = await member("carol");
    await alice.opensChatWith(carol);
    await goesAway(carol);
    await says(carol, "dropped");
    await daysPass(IN_VAIN_DAYS - 29);
    await alice.goesOnline();
    await says(bob, "still there");
    await daysPass(29);
    alice.messenger.on("updated", ({ chat, state }) => chat === directChat(bob.name) && shown.push(state));
    await alice.goesOnline();
    await alice.has(carol, "failed", "dropped");
    await bob.goesOnline();
    await alice.has(bob, "delivered", "still there");
    assert.ok(!shown.includes("failed"), String(shown));
  });

  it("look alike when the receiver stays away and when they blocked the sender", async () => {
    const carol = await member("carol");
    await alice.opensChatWith(carol);
    await carol.messenger.block({ peer: alice.name, request: null });
    await goesAway(bob);
    await alice.sees(carol, false);
    await says(bob, "to one who is away");
    await says(carol, "to one who wants none of it");
    await daysPass(IN_VAIN_DAYS);
    await alice.goesOnline();
    await alice.has(bob, "failed", "to one who is away");
    await alice.has(carol, "failed", "to one who wants none of it");
    assert.deepEqual(await failures(bob), ["not-collected"]);
    assert.deepEqual(await failures(carol), await failures(bob));
  });
});
