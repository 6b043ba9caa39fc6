/**
 * Another program locks the server's database for a while, e.g. an operator's slow tool. Requests that need
 * no disk do not wait.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { directChat } from "../../messenger/chats/direct.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

/** Longer than the server's previous wait for the lock, which blocked everybody. */
const HELD_MS = 6_000;

describe("a server whose database another program locks", function () {
  this.timeout(180_000);
  let server: RealServer;
  let other: DatabaseSync;
  let people: Computer[];

  beforeEach(async () => {
    server = await RealServer.start();
    people = [];
    other = new DatabaseSync(join(server.folder, "parley.sqlite"));
  });
  afterEach(async () => {
    other.close();
    await Promise.all(people.map((one) => one.remove()));
    await server.remove();
  });

  async function member(name: string, link: string): Promise<Computer> {
    const one = await Computer.start(name);
    people.push(one);
    await one.joins(link);
    return one;
  }

  it("forwards messages and lets people sign in, and stores mail for absent people once it can", async () => {
    const link = await server.invite(4);
    const [alice, bob] = [await member("alice", link), await member("bob", link)];
    const [carol, dave] = [await member("carol", link), await member("dave", link)];
    await alice.opensChatWith(bob);
    await alice.opensChatWith(carol);
    await carol.messenger.signOut();
    await alice.sees(carol, false);
    await dave.messenger.signOut();

    other.exec("BEGIN IMMEDIATE");
    const began = performance.now();
    let mailTaken = false;
    await alice.messenger.send({ chat: directChat(carol.name), text: "for carol" });
    const taken = alice.has(carol, "sent", "for carol").then(() => {
      mailTaken = true;
    });
    let slowest = 0;
    for (let n = 0; performance.now() - began < HELD_MS; n++) {
      const sent = performance.now();
      await alice.messenger.send({ chat: directChat(bob.name), text: `while it is held ${n}` });
      await alice.has(bob, "delivered", `while it is held ${n}`);
      slowest = Math.max(slowest, performance.now() - sent);
      if (n === 0) await dave.goesOnline();
    }
    assert.equal(mailTaken, false, "it cannot be kept yet, and nobody says so");
    assert.ok(slowest < HELD_MS / 2, `a message took ${slowest} ms`);
    other.exec("ROLLBACK");

    await taken;
    await carol.messenger.connect();
    await carol.hears(alice, "for carol");
    assert.deepEqual(
      (await alice.messages(carol)).filter(({ state }) => state === "failed"),
      [],
    );
  });
});
