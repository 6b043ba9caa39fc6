/** A server claims blocks that nobody has made. */

import assert from "node:assert/strict";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { type Username, username } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { describeLies, type Trio } from "../fixtures/trio.ts";

describeLies("a server that lists people as blocked", (lie) => {
  /** Bob signs in, and the server lists these people as blocked by him. */
  async function signsIn({ liar }: Trio, bob: Computer, names: readonly Username[]): Promise<void> {
    liar.lieAboutBlocks = () => names;
    await bob.messenger.signOut();
    await bob.goesOnline();
  }
  const claims = (bob: Computer, ...names: readonly string[]) =>
    bob.until("the server's word", () => bob.messenger.claimedBlocks().join() === names.join());

  lie(
    "of people whom Bob talks with, and of others: shown as blocked until the list is true again",
    async (trio) => {
      const { alice, bob, liar } = trio;
      await trio.getToKnow();
      await signsIn(trio, bob, [alice.name, username("ghost"), bob.name, alice.name]);
      await claims(bob, alice.name, "ghost");
      assert.deepEqual(await bob.messenger.blocked(), []);
      const chat = bob.messenger.chat(directChat(alice.name));
      assert.deepEqual([chat.phase, partner(chat).blocked, partner(chat).trust], ["open", false, "verified"]);
      assert.deepEqual(await bob.transcript({ name: username("ghost") }), []);
      await trio.says(alice, bob, "are you there");
      await trio.hears(bob, alice, "are you there");
      await trio.says(bob, alice, "of course");
      await trio.has(bob, alice, "delivered", "of course");
      await signsIn(trio, bob, []);
      await claims(bob);
      assert.deepEqual(await bob.messenger.blocked(), []);
      assert.deepEqual(liar.decided, [], "the server was not taught its own lie");
      await trio.assertTheyCanTalk();
    },
  );

  lie("of people without end: Bob's client shows a thousand", async (trio) => {
    const { bob, liar } = trio;
    await signsIn(
      trio,
      bob,
      Array.from({ length: 5000 }, (_, number) => username(`user${number}`)),
    );
    await bob.until("the server's word", () => bob.messenger.claimedBlocks().length === 1000);
    assert.deepEqual([await bob.messenger.blocked(), liar.decided], [[], []]);
    await trio.assertTheyCanTalk();
  });

  lie("without those whom Bob has blocked: only those are sent again", async (trio) => {
    const { alice, bob, liar } = trio;
    await trio.getToKnow();
    await bob.messenger.block({ peer: alice.name, request: null });
    await signsIn(trio, bob, [username("ghost")]);
    await claims(bob, "ghost");
    while (liar.decided.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const told = { by: bob.name, blocked: true, name: alice.name };
    assert.deepEqual(liar.decided, [told, told]);
  });

  lie("of whom Bob keeps one and lifts the other: his decisions count", async (trio) => {
    const { alice, bob, carol, liar } = trio;
    await trio.getToKnow();
    await signsIn(trio, bob, [alice.name, carol.name]);
    await claims(bob, alice.name, carol.name);
    await bob.messenger.block({ peer: alice.name, request: null });
    await bob.messenger.unblock({ peer: carol.name });
    await claims(bob);
    assert.deepEqual(await bob.messenger.blocked(), [alice.name]);
    assert.deepEqual(liar.decided, [
      { by: bob.name, blocked: true, name: alice.name },
      { by: bob.name, blocked: false, name: carol.name },
    ]);
    assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "closed-by-me");
    assert.equal(bob.messenger.chat(directChat(carol.name)).phase, "open");
  });
});
