/** Replies, edits, deletions and reactions between complete messengers on the real server. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { directChat } from "../../messenger/chats/direct.ts";
import { chatOf } from "../../messenger/context.ts";
import type { ChatMessage } from "../../messenger/model.ts";
import { Database } from "../../messenger/store/database.ts";
import { type MessageId, newMessageId } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

type Named = Pick<Computer, "name">;

/** A message as both people see it. */
function seen({ body, replyTo, edited, marks }: ChatMessage): unknown {
  const { times } = edited ?? {};
  return { body, replyTo, times, marks };
}
const text = (text: string) => ({ kind: "text", text }) as const;
const reactions = (by: Named, ...values: readonly string[]) => ({ by: by.name, name: "reaction", values });

describe("edits, deletions and reactions", function () {
  this.timeout(60_000);
  const team = realTeam();
  let alice: Computer;
  let bob: Computer;
  beforeEach(async () => {
    [alice, bob] = [await team.member("alice"), await team.member("bob")];
    await alice.opensChatWith(bob);
  });

  async function says(from: Computer, to: Named, words: string, replyTo?: MessageId): Promise<MessageId> {
    const id = newMessageId();
    await from.messenger.send({
      ...{ chat: directChat(to.name), text: words, id },
      ...(replyTo !== undefined && { replyTo }),
    });
    return id;
  }
  const edits = (from: Computer, to: Named, target: MessageId, words: string) =>
    from.messenger.editMessage({ chat: directChat(to.name), target, text: words });
  const deletes = (from: Computer, to: Named, target: MessageId) =>
    from.messenger.deleteMessage({ chat: directChat(to.name), target });
  const reacts = (from: Computer, to: Named, target: MessageId, emoji: string, on = true) =>
    from.messenger.react({ chat: directChat(to.name), target, emoji, on });
  async function shownAt(who: Computer, peer: Named): Promise<readonly unknown[]> {
    return (await who.messages(peer)).filter(({ body }) => body.kind !== "event").map(seen);
  }
  /** Waits until both have the same messages, and none of their changes is under way. */
  async function settled(one: Computer, other: Computer): Promise<readonly unknown[]> {
    for (const [who, peer] of [
      [one, other],
      [other, one],
    ] as const)
      await who.until("every change to be delivered", async () =>
        (await who.messages(peer)).every(
          ({ changes, state = "delivered" }) => changes === undefined && /delivered|read/.test(state),
        ),
      );
    const shown = await shownAt(one, other);
    assert.deepEqual(await shownAt(other, one), shown);
    return shown;
  }
  /** How many messages and changes of `who` have no receipt, on the disk. */
  function undelivered(who: Computer, peer: Named): number {
    return who.onDisk(
      (store) => store.messages.undelivered(chatOf(store, directChat(peer.name)).number, 0).length,
    );
  }
  function rows(who: Computer, table: string): number {
    const image = who.crashImage();
    team.keep(image);
    const database = new DatabaseSync(image.database);
    const count = database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"];
    database.close();
    return Number(count);
  }

  it("show both people the same, are receipted, and leave no row of their own behind", async () => {
    const first = await says(alice, bob, "Shall we deploy on Friday?");
    await alice.has(bob, "delivered", "Shall we deploy on Friday?");
    const answer = await says(bob, alice, "Never on a Friday", first);
    await bob.has(alice, "delivered", "Never on a Friday");
    await edits(alice, bob, first, "Shall we deploy on Thursday?");
    await edits(alice, bob, first, "Shall we deploy on Monday?");
    await reacts(bob, alice, first, "👍");
    await reacts(bob, alice, first, "🎉");
    await reacts(bob, alice, first, "👍", false);
    await reacts(alice, bob, answer, "❤️");
    const wrong = await says(bob, alice, "a password");
    await deletes(bob, alice, wrong);
    await settled(bob, alice);
    assert.deepEqual(await settled(alice, bob), [
      {
        body: text("Shall we deploy on Monday?"),
        replyTo: undefined,
        times: 2,
        marks: [reactions(bob, "🎉")],
      },
      { body: text("Never on a Friday"), replyTo: first, times: undefined, marks: [reactions(alice, "❤️")] },
      { body: { kind: "deleted" }, replyTo: undefined, times: undefined, marks: undefined },
    ]);
    for (const [who, peer] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const earlier = await who.messenger.earlierVersions({ chat: directChat(peer.name), id: first });
      assert.deepEqual(
        earlier.map(({ body }) => body),
        [text("Shall we deploy on Friday?"), text("Shall we deploy on Thursday?")],
      );
      assert.equal(rows(who, "message WHERE target IS NOT NULL"), 0);
      const [quoted] = await who.messenger.messagesById({ chat: directChat(peer.name), ids: [first, wrong] });
      assert.equal(quoted?.id, first);
    }
  });

  it("leave nothing of a deleted message: no text, version or mark, and nothing for search", async () => {
    const target = await says(alice, bob, "the password is tulip");
    await edits(alice, bob, target, "the password is orbit");
    await alice.has(bob, "delivered", "the password is orbit");
    await reacts(bob, alice, target, "😱");
    await settled(bob, alice);
    for (const who of [alice, bob]) assert.deepEqual([rows(who, "revision"), rows(who, "mark")], [2, 1]);
    assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 1);
    await deletes(alice, bob, target);
    await settled(alice, bob);
    for (const who of [alice, bob]) {
      assert.deepEqual([rows(who, "revision"), rows(who, "mark")], [0, 0]);
      assert.deepEqual((await who.messenger.searchStep({ text: "password" })).matches, []);
      assert.deepEqual((await who.messenger.searchStep({ text: "deleted" })).matches, []);
    }
    assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 0, "a deleted message is not unread");
    await assert.rejects(edits(alice, bob, target, "again"), { code: "wrong-state" });
    await assert.rejects(reacts(bob, alice, target, "👍"), { code: "wrong-state" });
    await deletes(alice, bob, target); // does nothing
  });

  it("are refused for messages of others, and where there are too many", async () => {
    const target = await says(alice, bob, "mine");
    await alice.has(bob, "delivered", "mine");
    await assert.rejects(edits(bob, alice, target, "not yours"), { code: "wrong-state" });
    await assert.rejects(deletes(bob, alice, target), { code: "wrong-state" });
    await assert.rejects(edits(alice, bob, newMessageId(), "of nothing"), { code: "wrong-state" });
    for (let n = 1; n <= 20; n++) await edits(alice, bob, target, `version ${n}`);
    await assert.rejects(edits(alice, bob, target, "version 21"), { code: "too-many-edits" });
    for (const emoji of ["👍", "🎉", "❤️", "😄", "🚀", "👀", "🔥", "💯"])
      await reacts(bob, alice, target, emoji);
    await assert.rejects(reacts(bob, alice, target, "🙏"), { code: "too-many-reactions" });
    await reacts(bob, alice, target, "💯"); // is there already
    await settled(bob, alice);
    const now = Date.now;
    Date.now = () => now() + 24 * 60 * 60_000 + 60_000;
    try {
      const other = await says(alice, bob, "later");
      await assert.rejects(edits(alice, bob, target, "too late"), { code: "edit-too-late" });
      await edits(alice, bob, other, "in time");
    } finally {
      Date.now = now;
    }
  });

  it("asked for again under the same id are made once", async () => {
    const target = await says(alice, bob, "once");
    const change = { chat: directChat(bob.name), target, id: newMessageId() };
    await alice.messenger.editMessage({ ...change, text: "twice" });
    await alice.messenger.editMessage({ ...change, text: "twice" });
    await alice.has(bob, "delivered", "twice");
    await settled(alice, bob);
    await alice.messenger.editMessage({ ...change, text: "twice" });
    assert.equal((await alice.messages(bob)).at(-1)?.edited?.times, 1);
  });

  it("are sealed again after lost keys, with the text that they change, and nothing is lost or made twice", async () => {
    const before = await says(alice, bob, "before");
    await alice.has(bob, "delivered", "before");
    await bob.close();
    const database = new DatabaseSync(bob.database);
    database.exec("UPDATE conversation SET state = zeroblob(length(state))");
    database.close();
    await edits(alice, bob, before, "before, edited");
    await reacts(alice, bob, before, "👀");
    const meanwhile = await says(alice, bob, "meanwhile");
    await edits(alice, bob, meanwhile, "meanwhile, edited");
    const secret = await says(alice, bob, "secret");
    await deletes(alice, bob, secret);
    await bob.open();
    await bob.goesOnline();
    await bob.until("all of it", async () => (await shownAt(bob, alice)).length === 2);
    await alice.until("no change to wait", async () =>
      (await alice.messages(bob)).every(({ changes }) => changes === undefined),
    );
    const shown = [
      { body: text("before, edited"), replyTo: undefined, times: 1, marks: [reactions(alice, "👀")] },
      { body: text("meanwhile, edited"), replyTo: undefined, times: 1, marks: undefined },
    ];
    assert.deepEqual(await shownAt(bob, alice), shown, "the deleted text was not sealed again");
    assert.deepEqual((await shownAt(alice, bob)).slice(0, 2), shown);
    const chat = directChat(alice.name);
    assert.deepEqual(
      (await bob.messenger.earlierVersions({ chat, id: meanwhile })).map(({ body }) => body),
      [text("meanwhile")],
    );
    assert.equal(undelivered(alice, bob), 0);
  });

  it("arrive although the history is deleted before, and the keys are lost", async () => {
    const wrong = await says(alice, bob, "a password");
    await alice.has(bob, "delivered", "a password");
    await bob.close();
    const database = new DatabaseSync(bob.database);
    database.exec("UPDATE conversation SET state = zeroblob(length(state))");
    database.close();
    await deletes(alice, bob, wrong);
    await alice.deletesHistory(bob);
    assert.equal((await alice.messages(bob)).length, 0);
    await bob.open();
    await bob.goesOnline();
    await bob.until("the deletion", async () =>
      (await bob.messages(alice)).some(({ body }) => body.kind === "deleted"),
    );
    // Nothing is shown of it, so that no event says that its receipt has come.
    while (undelivered(alice, bob) > 0) await pause(20);
    assert.deepEqual(await shownAt(alice, bob), []);
  });

  it("go when their message goes: with the history here, and by themselves where it disappears", async () => {
    const kept = await says(alice, bob, "kept for a while");
    await edits(alice, bob, kept, "edited");
    await alice.has(bob, "delivered", "edited");
    await reacts(bob, alice, kept, "👍");
    await settled(bob, alice);
    await bob.deletesHistory(alice);
    assert.deepEqual([rows(bob, "revision"), rows(bob, "mark"), rows(bob, "message")], [0, 0, 0]);
    await reacts(alice, bob, kept, "🎉");
    await edits(alice, bob, kept, "edited again");
    await settledAt(alice, bob);
    assert.equal(rows(bob, "message"), 0, "a change of a message that was deleted here is dropped");
    await alice.setsTimer(bob, 1);
    const brief = await says(alice, bob, "for a second");
    await edits(alice, bob, brief, "for a second, edited");
    await bob.until(
      "it to disappear",
      async () => rows(bob, "revision") === 0 && (await bob.messages(alice)).length === 1,
    );
    await alice.until("it to disappear", async () => rows(alice, "revision") === 3);
  });
  async function settledAt(who: Computer, peer: Named): Promise<void> {
    await who.until("every change to be delivered", async () =>
      (await who.messages(peer)).every(({ changes }) => changes === undefined),
    );
  }

  describe("of which one computer is killed after a commit", () => {
    /** More commits than either side makes; a run that ends before is one without a kill. */
    const LAST_COMMIT = 9;
    const transaction = Database.prototype.transaction;
    afterEach(() => {
      Database.prototype.transaction = transaction;
    });

    /** @returns the state that a kill right behind that commit leaves; from then on nothing is written, confirmed or sent any more */
    function killedAfter(victim: Computer, commits: number): Promise<Computer> {
      let count = 0;
      let image: Computer | undefined;
      return new Promise((resolve) => {
        Database.prototype.transaction = function <Result>(this: Database, work: () => Result): Result {
          const file = String(this.statement("PRAGMA database_list").get()?.["file"]);
          if (!file.startsWith(victim.folder)) return transaction.call(this, work) as Result;
          if (image !== undefined) throw new Error("killed");
          const result = transaction.call(this, work) as Result;
          count += 1;
          if (count < commits) return result;
          image = victim.crashImage();
          resolve(image);
          throw new Error("killed");
        };
      });
    }

    for (const who of ["alice", "bob"] as const)
      for (let commits = 1; commits <= LAST_COMMIT; commits++)
        it(`lead both to the same: ${who} after commit ${commits}`, async () => {
          const [edited, deleted] = [await says(alice, bob, "as it was"), await says(alice, bob, "a secret")];
          await alice.has(bob, "delivered", "as it was", "a secret");
          const victim = who === "alice" ? alice : bob;
          const dead = killedAfter(victim, commits);
          const work = Promise.allSettled([
            edits(alice, bob, edited, "as it is"),
            deletes(alice, bob, deleted),
            reacts(alice, bob, edited, "👍"),
          ]);
          const image = await Promise.race([dead, work.then(() => pauseUntilQuiet(alice, bob))]);
          if (image !== undefined) {
            await victim.close().catch(() => {});
            Database.prototype.transaction = transaction;
            team.keep(image);
            await image.open();
            await image.goesOnline();
            if (who === "alice") alice = image;
            else bob = image;
          }
          // A user whose program was killed before anything was on disk asks again.
          await edits(alice, bob, edited, "as it is");
          await deletes(alice, bob, deleted);
          await reacts(alice, bob, edited, "👍");
          await settledAt(alice, bob);
          await bob.until(
            "all of it",
            async () =>
              JSON.stringify(await shownAt(bob, alice)) === JSON.stringify(await shownAt(alice, bob)),
          );
          assert.deepEqual(await shownAt(bob, alice), [
            { body: text("as it is"), replyTo: undefined, times: 1, marks: [reactions(alice, "👍")] },
            { body: { kind: "deleted" }, replyTo: undefined, times: undefined, marks: undefined },
          ]);
          for (const side of [alice, bob])
            assert.deepEqual(
              [rows(side, "revision"), rows(side, "mark"), rows(side, "message WHERE target IS NOT NULL")],
              [2, 1, 0],
            );
        });
    /** Resolves once every change is delivered: the victim made fewer commits. */
    async function pauseUntilQuiet(one: Computer, other: Computer): Promise<undefined> {
      await settledAt(one, other).catch(() => {});
      return undefined;
    }
  });
});
