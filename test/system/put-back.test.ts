/**
 * A store that is put back to an earlier state: a copy of the folder, an image of the disk. The server has deleted the messages that were
 * confirmed since, so that only their senders have them. A message shown as sent ends as delivered, or as failed.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { directChat } from "../../messenger/chats/direct.ts";
import { chatOf } from "../../messenger/context.ts";
import { newMessageId } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

describe("a store that is put back", function () {
  this.timeout(120_000);
  const team = realTeam();
  const { member } = team;
  let alice: Computer;
  let bob: Computer;
  let elsewhere: string;

  beforeEach(async () => {
    elsewhere = mkdtempSync(join(tmpdir(), "parley-put-back-"));
    [alice, bob] = [await member("alice"), await member("bob")];
    await alice.opensChatWith(bob);
    await says(alice, bob, "before");
    await alice.has(bob, "delivered", "before");
  });
  afterEach(() => rmSync(elsewhere, { recursive: true, force: true }));

  async function says(from: Computer, to: Computer, ...texts: readonly string[]): Promise<void> {
    for (const text of texts) await from.messenger.send({ chat: directChat(to.name), text });
  }
  /** Ends the program, and copies its folder. */
  async function keepsCopy(who: Computer): Promise<void> {
    await who.close();
    rmSync(join(elsewhere, who.name), { recursive: true, force: true });
    cpSync(who.folder, join(elsewhere, who.name), { recursive: true });
  }
  /** Replaces the folder by the copy, and goes online with it. */
  async function putsBack(who: Computer, change: (who: Computer) => void = () => {}): Promise<void> {
    await who.close();
    rmSync(who.folder, { recursive: true });
    cpSync(join(elsewhere, who.name), who.folder, { recursive: true });
    change(who);
    await who.open();
    await who.goesOnline();
  }
  function inDatabase(who: Computer, sql: string): void {
    const database = new DatabaseSync(who.database);
    database.exec(sql);
    database.close();
  }
  const idOf = async (who: Computer, peer: Computer, text: string) => {
    const found = (await who.messages(peer)).find(({ body }) => body.kind === "text" && body.text === text);
    assert.ok(found);
    return found.id;
  };
  const heard = async (who: Computer, from: Computer) =>
    (await who.transcript(from)).filter((line) => line.startsWith("<")).sort();

  for (const waited of [true, false])
    it(`has messages confirmed since sent again with the next one (${waited ? "they waited on the server" : "both were online"})`, async () => {
      await keepsCopy(bob);
      await alice.sees(bob, false);
      if (waited) await says(alice, bob, "lost", "lost too");
      await bob.open();
      const confirmed = bob.dies("lost too");
      if (!waited) {
        await alice.sees(bob);
        await says(alice, bob, "lost", "lost too");
      }
      await confirmed;
      await alice.has(bob, "sent", "lost", "lost too");
      await putsBack(bob);
      await says(alice, bob, "next");
      await alice.has(bob, "delivered", "lost", "lost too", "next");
      assert.deepEqual(await heard(bob, alice), ["< before", "< lost", "< lost too", "< next"]);
    });

  it("has changes of messages confirmed since sent again, too", async () => {
    const [chat, id] = [directChat(bob.name), await idOf(alice, bob, "before")];
    await keepsCopy(bob);
    await alice.sees(bob, false);
    await alice.messenger.editMessage({ chat, target: id, text: "edited" });
    await says(alice, bob, "lost");
    await bob.open();
    await bob.dies("lost");
    await alice.has(bob, "sent", "lost");
    await putsBack(bob);
    await says(alice, bob, "next");
    await alice.has(bob, "delivered", "lost", "next");
    await bob.until("the edit", async () => (await bob.transcript(alice)).includes("< edited"));
    assert.deepEqual(await heard(bob, alice), ["< edited", "< lost", "< next"]);
  });

  it("has ticks that were lost with it sent again", async () => {
    await keepsCopy(bob);
    await says(alice, bob, "one");
    await alice.has(bob, "sent", "one");
    await keepsCopy(alice);
    await bob.open();
    await bob.goesOnline();
    await bob.hears(alice, "before", "one");
    await alice.open();
    await alice.goesOnline();
    await alice.has(bob, "delivered", "one");
    await putsBack(alice);
    await alice.has(bob, "sent", "one");
    await says(alice, bob, "two");
    await alice.has(bob, "delivered", "one", "two");
    assert.deepEqual(await heard(bob, alice), ["< before", "< one", "< two"]);
  });

  it("has a retried message sent again that is older than the conversation", async () => {
    await keepsCopy(bob);
    await alice.close();
    const id = newMessageId();
    const store = alice.openStore();
    const chat = chatOf(store, directChat(bob.name));
    store.transaction(() => {
      const failed = { state: "failed", failure: "mailbox-full", receivers: [{ person: bob.name }] } as const;
      const body = { kind: "text", text: "failed once" } as const;
      store.messages.add({ chat: chat.number, id, author: alice.name, at: 1, storedAt: 1, body, ...failed });
      store.chats.put({
        ...chat,
        group: { ...chat.group, undeliveredFrom: store.messages.newest() + 1 },
      });
    });
    store.close();
    await alice.open();
    await alice.goesOnline();
    await alice.messenger.retry({ chat: directChat(bob.name), id });
    await alice.has(bob, "sent", "failed once");
    await bob.open();
    await bob.dies("failed once");
    await putsBack(bob, () => inDatabase(bob, "UPDATE conversation SET state = x'00'"));
    await says(alice, bob, "next");
    await alice.has(bob, "delivered", "failed once", "next");
    assert.deepEqual(await heard(bob, alice), ["< before", "< failed once", "< next"]);
  });

  it("has a message fail that its receiver never confirms, and that was sealed again once", async () => {
    await bob.messenger.signOut();
    await alice.sees(bob, false);
    await says(alice, bob, "never confirmed");
    await bob.dies("never confirmed");
    inDatabase(bob, "UPDATE received SET receipted = 0, owed = NULL");
    await bob.open();
    await bob.goesOnline();
    const id = await idOf(alice, bob, "never confirmed");
    const states: unknown[] = [];
    alice.messenger.on("updated", (message) => message.id === id && states.push(message.state));
    await says(alice, bob, "next");
    await alice.until("sealed again", () => states.includes("waiting") && states.at(-1) === "sent");
    await says(alice, bob, "the one after");
    await alice.has(bob, "failed", "never confirmed");
    const failed = (await alice.messages(bob)).find((message) => message.id === id);
    assert.equal(failed?.failure, "not-collected");
    assert.deepEqual(await heard(bob, alice), ["< before", "< never confirmed", "< next", "< the one after"]);
  });
});
