/**
 * Conversations that renew their keys and that recover automatically, between complete messengers on the real
 * server.
 */

import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { chatOf } from "../../messenger/context.ts";
import { Conversation } from "../../protocol/e2ee/conversation.ts";
import { SELF_UPDATE_AFTER_MESSAGES } from "../../protocol/limits.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

const texts = (what: string, count: number) => Array.from({ length: count }, (_, n) => `${what} ${n}`);

describe("healing", function () {
  this.timeout(180_000);
  const team = realTeam();
  const { member } = team;
  let alice: Computer;
  let bob: Computer;

  beforeEach(async () => {
    [alice, bob] = [await member("alice"), await member("bob")];
    await alice.opensChatWith(bob);
  });
  /** Returns the keys that a thief of that computer's disk has for the conversation with `peer`. */
  function stolen(who: Computer, peer: Computer): Conversation {
    return who.onDisk((store) => {
      const id = store.chats.get(directChat(peer.name))?.group.current;
      const state = id && store.conversations.get(id);
      assert.ok(state);
      return Conversation.deserialize(state, () => true);
    });
  }
  const epochOf = (who: Computer, peer: Computer) => stolen(who, peer).epoch;
  /** Returns the entries of that computer's outbox, as they will be sent. */
  function waitingAt(who: Computer, peer: Computer) {
    return who.onDisk((store) =>
      store.outbox
        .all(chatOf(store, directChat(peer.name)).number)
        .flatMap(({ outgoing }) => (outgoing.verb === "message" ? [outgoing] : [])),
    );
  }
  async function says(from: Computer, to: Computer, ...words: readonly string[]): Promise<void> {
    for (const text of words) await from.messenger.send({ chat: directChat(to.name), text });
  }
  /** Waits until everything sent so far is on the other's device. */
  async function delivered(from: Computer, to: Computer, count: number): Promise<void> {
    await from.until(`${count} delivered`, async () => {
      const mine = (
        await from.messenger.messages({ chat: directChat(to.name), stretch: { limit: 1000 } })
      ).filter(({ author }) => author === from.name);
      return mine.length === count && mine.every(({ state }) => state === "delivered");
    });
  }
  const heardAll = async (who: Computer, from: Computer) =>
    (await who.messenger.messages({ chat: directChat(from.name), stretch: { limit: 1000 } })).flatMap(
      ({ body, author }) => (body.kind === "text" && author === from.name ? [body.text] : []),
    );
  const states = async (who: Computer, peer: Computer) =>
    (await who.messages(peer)).flatMap(({ state }) => state ?? []);
  const events = async (who: Computer, peer: Computer) =>
    (await who.messenger.messages({ chat: directChat(peer.name), stretch: { limit: 1000 } })).flatMap(
      ({ body }) => (body.kind === "event" ? [body.event] : []),
    );

  describe("keys", () => {
    it("are renewed by both people while they chat, without being shown", async () => {
      const many = SELF_UPDATE_AFTER_MESSAGES + 20;
      assert.equal(epochOf(alice, bob), 1n);
      await Promise.all([says(alice, bob, ...texts("a", many)), says(bob, alice, ...texts("b", many))]);
      await delivered(alice, bob, many);
      await delivered(bob, alice, many);
      await says(alice, bob, "once more");
      await alice.has(bob, "delivered", "once more");
      await says(bob, alice, "and back");
      await bob.has(alice, "delivered", "and back");
      assert.deepEqual(await heardAll(bob, alice), [...texts("a", many), "once more"]);
      assert.deepEqual(await heardAll(alice, bob), [...texts("b", many), "and back"]);
      for (const [who, peer] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        assert.deepEqual(await events(who, peer), ["opened"]);
        assert.deepEqual(who.complaints, []);
        assert.ok(epochOf(who, peer) >= 3n, `epoch ${epochOf(who, peer)}`);
      }
    });

    it("that were stolen open messages only until their owner has renewed them", async () => {
      const thief = stolen(bob, alice);
      await alice.messenger.signOut();
      await says(alice, bob, "before");
      const [before] = waitingAt(alice, bob);
      assert.ok(before);
      const overheard = await thief.open(before.id, before.sealed);
      assert.equal(overheard.content?.kind, "text");
      await alice.goesOnline();
      await alice.has(bob, "delivered", "before");

      await says(bob, alice, ...texts("b", SELF_UPDATE_AFTER_MESSAGES + 1));
      await bob.has(alice, "delivered", `b ${SELF_UPDATE_AFTER_MESSAGES}`);
      await bob.until("the next epoch", () => epochOf(bob, alice) > 1n);
      await alice.messenger.signOut();
      await says(alice, bob, "after");
      const [after] = waitingAt(alice, bob);
      assert.ok(after);
      await assert.rejects(overheard.next.open(after.id, after.sealed), { code: "undecryptable" });
      await alice.goesOnline();
      await alice.has(bob, "delivered", "after");
    });

    it("are renewed despite kills of the server and both clients, and nothing is lost or shown twice", async () => {
      const said: string[] = [];
      for (let round = 0; round < 2; round++) {
        const words = texts(`round ${round}`, 80);
        said.push(...words);
        const saying = Promise.all([says(alice, bob, ...words), says(bob, alice, ...words)]);
        await bob.until("some of it", async () => (await heardAll(bob, alice)).length > 80 * round + 20);
        if (round % 2 === 0) {
          await team.server.kill();
          await saying;
          await team.server.restart();
        } else {
          await saying;
          const [one, other] = [alice, bob];
          [alice, bob] = [one.crashImage(), other.crashImage()];
          team.keep(alice, bob);
          await Promise.all([one.remove(), other.remove()]);
          for (const who of [alice, bob]) await who.open();
        }
        for (const who of [alice, bob]) {
          await who.messenger.connect();
          await who.messenger.reconnectNow();
        }
        await bob.until("all of it", async () => (await heardAll(bob, alice)).length === said.length);
        await alice.until("all of it", async () => (await heardAll(alice, bob)).length === said.length);
      }
      assert.deepEqual(await heardAll(bob, alice), said);
      assert.deepEqual(await heardAll(alice, bob), said);
      await bob.has(alice, "delivered", "round 1 79");
      await alice.has(bob, "delivered", "round 1 79");
      // How many receipts are sent as one depends on the machine, and with it when the next renewal is due.
      assert.ok(epochOf(alice, bob) > 1n);
      assert.deepEqual(await events(alice, bob), ["opened"]);
    });
  });

  describe("lost keys", () => {
    /** Replaces a computer by one with the contents of `image`. */
    async function putBack(who: Computer, image: Computer): Promise<Computer> {
      await who.remove();
      await image.open();
      await image.goesOnline();
      return image;
    }
    function imageOf(who: Computer): Computer {
      const image = who.crashImage();
      team.keep(image);
      return image;
    }
    /** Simulates the loss of a disk; the keyring, and so the identity, is kept. */
    async function losesDisk(who: Computer): Promise<void> {
      await who.close();
      for (const file of readdirSync(who.folder)) rmSync(join(who.folder, file), { recursive: true });
      await who.open();
      await who.joins(team.link);
    }
    const asked = (who: Computer) => {
      const names: string[] = [];
      who.messenger.on("request", ({ from }) => names.push(from.name));
      return names;
    };
    async function assertTheyTalk(): Promise<void> {
      await says(alice, bob, "and on");
      await alice.has(bob, "delivered", "and on");
      await says(bob, alice, "as ever");
      await bob.has(alice, "delivered", "as ever");
      assert.equal(
        await alice.messenger.safetyNumber({ peer: bob.name }),
        await bob.messenger.safetyNumber({ peer: alice.name }),
      );
    }

    it("with a lost disk: the sender is told, and waiting messages arrive in a new conversation", async () => {
      await says(alice, bob, "before");
      await alice.has(bob, "delivered", "before");
      await alice.verifies(bob);
      await bob.messenger.signOut();
      await alice.sees(bob, false);
      await says(alice, bob, "while", "you were", "away");
      await alice.has(bob, "sent", "while", "you were", "away");
      await losesDisk(bob);
      await bob.isIn(alice, "invited");
      await alice.has(bob, "waiting", "while", "you were", "away");
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "open");
      await says(alice, bob, "written meanwhile");
      await bob.accepts(alice);
      await bob.hears(alice, "while", "you were", "away", "written meanwhile");
      await alice.has(bob, "delivered", "before", "while", "you were", "away", "written meanwhile");
      assert.deepEqual(await alice.transcript(bob), [
        ...["* opened", "> before", "> while", "> you were", "> away"],
        ...["* keys-lost-by-peer", "> written meanwhile", "* renewed"],
      ]);
      assert.equal(
        partner(alice.messenger.chat(directChat(bob.name))).trust,
        "verified",
        "it is the same key",
      );
      await assertTheyTalk();
    });

    it("with a disk that was lost before a receipt was sent: detected at the next sign-in, without a new message", async () => {
      await bob.messenger.signOut();
      await says(alice, bob, "confirmed", "and lost");
      await alice.has(bob, "sent", "confirmed", "and lost");
      await bob.dies("and lost");
      await alice.sees(bob, false);
      assert.equal(team.server.mailFor(bob.name), 0, "the server may forget it");
      assert.deepEqual(await states(alice, bob), ["sent", "sent"]);
      await losesDisk(bob);
      await bob.isIn(alice, "invited");
      await bob.accepts(alice);
      await alice.has(bob, "delivered", "confirmed", "and lost");
      assert.deepEqual(await heardAll(bob, alice), ["confirmed", "and lost"]);
      assert.deepEqual(await events(alice, bob), ["opened", "keys-lost-by-peer", "renewed"]);
      await assertTheyTalk();
    });

    it("with the sender's disk lost while messages wait: all arrive, in spite of the receiver's own messages", async () => {
      const waiting = texts("a", 70);
      await bob.messenger.signOut();
      await says(bob, alice, "b");
      await says(alice, bob, ...waiting);
      await alice.has(bob, "sent", "a 69");
      await losesDisk(alice);
      // The end of the conversation, after waiting mail.
      while (team.server.mailFor(bob.name) <= waiting.length) await setTimeout(20);
      await bob.goesOnline();
      await alice.isIn(bob, "invited");
      await alice.accepts(bob);
      await alice.hears(bob, "b");
      assert.deepEqual(await heardAll(bob, alice), waiting);
      await assertTheyTalk();
    });

    describe("lost before the conversation was established", () => {
      let carol: Computer;
      let dave: Computer;
      /** Carol has sent a request and left; Dave has accepted. */
      beforeEach(async () => {
        [carol, dave] = [await member("carol"), await member("dave")];
        await carol.sees(dave);
        await carol.messenger.request({ peer: dave.name });
        await dave.isIn(carol, "invited");
        await carol.messenger.signOut();
        await dave.accepts(carol);
        await dave.isIn(carol, "establishing");
      });

      it("with the requester's disk: the accepter is told, and stops waiting", async () => {
        await losesDisk(carol);
        await dave.isIn(carol, "closed-by-peer");
        assert.deepEqual(carol.messenger.chats(), []);
      });

      it("with the accepter's disk: the requester is told, and requests again", async () => {
        await losesDisk(dave);
        await carol.goesOnline();
        await dave.isIn(carol, "invited");
        await dave.accepts(carol);
        await says(carol, dave, "at last");
        await carol.has(dave, "delivered", "at last");
      });
    });

    it("with a damaged state: detected at the next message, and renewed without asking the user", async () => {
      await says(alice, bob, "before");
      await alice.has(bob, "delivered", "before");
      await bob.close();
      const database = new DatabaseSync(bob.database);
      database.exec("UPDATE conversation SET state = zeroblob(length(state))");
      database.close();
      await says(alice, bob, "meanwhile");
      await bob.open();
      await bob.goesOnline();
      await alice.has(bob, "delivered", "meanwhile");
      assert.deepEqual(await heardAll(bob, alice), ["before", "meanwhile"]);
      await assertTheyTalk();
    });

    it("with a damaged outbox entry: its message is sealed again, without delaying later ones", async () => {
      await bob.messenger.signOut();
      await alice.messenger.signOut();
      await says(alice, bob, "one", "two", "three");
      await alice.close();
      const database = new DatabaseSync(alice.database);
      database.exec(
        "UPDATE outbox SET body = zeroblob(length(body)) WHERE position = (SELECT min(position) FROM outbox)",
      );
      database.close();
      await alice.open();
      await alice.goesOnline();
      await bob.goesOnline();
      await alice.has(bob, "delivered", "one", "two", "three");
      assert.deepEqual((await heardAll(bob, alice)).toSorted(), ["one", "three", "two"]);
      await assertTheyTalk();
    });

    it("that are of an earlier epoch than the peer's: detected, and renewed without asking the user", async () => {
      const earlier = imageOf(bob);
      await says(bob, alice, ...texts("b", SELF_UPDATE_AFTER_MESSAGES + 1));
      await delivered(bob, alice, SELF_UPDATE_AFTER_MESSAGES + 1);
      await bob.until("the next epoch", () => epochOf(bob, alice) > 1n);
      await alice.until("the next epoch", () => epochOf(alice, bob) > 1n);
      bob = await putBack(bob, earlier);
      const requests = [...asked(alice), ...asked(bob)];
      await says(alice, bob, "can you read this", "and this");
      await bob.hears(alice, "can you read this", "and this");
      await alice.has(bob, "delivered", "can you read this", "and this");
      assert.deepEqual(requests, []);
      assert.deepEqual(await bob.transcript(alice), [
        ...["* opened", "* keys-lost", "* renewed"],
        ...["< can you read this", "< and this"],
      ]);
      assert.deepEqual(await events(alice, bob), ["opened", "keys-lost-by-peer", "renewed"]);
      await assertTheyTalk();
    });

    it("that are older than the peer's in the same epoch: messages sealed with a used key still arrive", async () => {
      const earlier = imageOf(bob);
      await says(bob, alice, "said, and forgotten");
      await bob.has(alice, "delivered", "said, and forgotten");
      bob = await putBack(bob, earlier);
      await says(bob, alice, "said again");
      await alice.hears(bob, "said, and forgotten", "said again");
      await bob.has(alice, "delivered", "said again");
      assert.deepEqual(await events(bob, alice), ["opened", "keys-lost-by-peer", "renewed"]);
      assert.deepEqual(await events(alice, bob), ["opened", "keys-lost", "renewed"]);
      await assertTheyTalk();
    });

    it("with the peer away: messages wait, and are sent when they return", async () => {
      const earlier = imageOf(bob);
      await says(bob, alice, "said, and forgotten");
      await bob.has(alice, "delivered", "said, and forgotten");
      await alice.messenger.signOut();
      await bob.sees(alice, false);
      bob = await putBack(bob, earlier);
      await says(bob, alice, "one", "two");
      await bob.has(alice, "sent", "one", "two");
      await bob.messenger.signOut();
      await alice.goesOnline();
      await alice.until("noticing", async () => (await events(alice, bob)).includes("keys-lost"));
      await says(alice, bob, "hello?");
      await alice.has(bob, "waiting", "hello?");
      await bob.goesOnline();
      await alice.hears(bob, "said, and forgotten", "one", "two");
      await bob.hears(alice, "hello?");
      await bob.has(alice, "delivered", "one", "two");
      await assertTheyTalk();
    });

    it("by the server: refused messages are sent in the next conversation, without asking the user", async () => {
      await team.server.stop();
      team.server.forgetConversations();
      await team.server.restart();
      for (const who of [alice, bob]) await who.messenger.reconnectNow();
      const requests = asked(bob);
      await says(alice, bob, "still there?");
      await bob.hears(alice, "still there?");
      await alice.has(bob, "delivered", "still there?");
      assert.deepEqual(requests, []);
      assert.deepEqual(await events(alice, bob), ["opened", "renewed"]);
      await assertTheyTalk();
    });

    for (const moment of ["lost", "told", "asked"] as const)
      it(`are renewed when everybody is killed once they are ${moment}, and nothing is lost or shown twice`, async () => {
        const earlier = imageOf(bob);
        await says(bob, alice, "forgotten");
        await bob.has(alice, "delivered", "forgotten");
        bob = await putBack(bob, earlier);
        await says(bob, alice, "one", "two");
        if (moment === "lost")
          await alice.until("noticing", async () => (await events(alice, bob)).at(-1) === "keys-lost");
        else
          await bob.until(
            "being told",
            async () => (await events(bob, alice)).at(-1) === "keys-lost-by-peer",
          );
        if (moment === "asked") await team.server.kill();
        const images = [imageOf(alice), imageOf(bob)] as const;
        await Promise.all([alice.remove(), bob.remove()]);
        if (moment === "asked") await team.server.restart();
        [alice, bob] = images;
        for (const who of [alice, bob]) {
          await who.open();
          await who.messenger.connect();
        }
        await alice.hears(bob, "forgotten", "one", "two");
        await bob.has(alice, "delivered", "one", "two");
        assert.deepEqual(await heardAll(alice, bob), ["forgotten", "one", "two"]);
        await assertTheyTalk();
      });

    it("are not renewed when the peer has closed the chat", async () => {
      await alice.messenger.signOut();
      await says(alice, bob, "too late");
      await bob.closes(alice);
      await alice.goesOnline();
      await alice.isIn(bob, "closed-by-peer");
      await alice.has(bob, "failed", "too late");
      assert.deepEqual(await bob.transcript(alice), ["* opened", "* closed-by-me"]);
    });
  });
});
