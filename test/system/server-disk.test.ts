/**
 * The server's disk is full: it reports that, keeps all mail that it has acknowledged, and continues when
 * there is room again.
 */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directChat } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { SmallDisk } from "../torture/small-disk.ts";

describe("a server with a full disk", function () {
  this.timeout(180_000);
  let mountPoint: string;
  let disk: SmallDisk | undefined;
  let server: RealServer | undefined;
  const computers: Computer[] = [];

  before(function () {
    mountPoint = mkdtempSync(join(tmpdir(), "parley-server-disk-"));
    const mounted = SmallDisk.mount(mountPoint);
    if (typeof mounted === "string") {
      console.log(`    skipped: ${mounted}`);
      this.skip();
    } else disk = mounted;
  });
  after(async () => {
    disk?.empty();
    await Promise.all(computers.map((computer) => computer.remove()));
    await server?.remove();
    disk?.unmount();
    rmSync(mountPoint, { recursive: true });
  });

  it("forwards messages between online people, refuses the rest with an error, and loses nothing", async () => {
    assert.ok(disk);
    server = await RealServer.start([], [], mountPoint);
    const link = await server.invite(3);
    const [alice, bob, carol] = await Promise.all(
      ["alice", "bob", "carol"].map((name) => Computer.start(name)),
    );
    assert.ok(alice && bob && carol);
    computers.push(alice, bob, carol);
    for (const computer of computers) await computer.joins(link);
    await alice.opensChatWith(bob);
    await alice.opensChatWith(carol);
    await carol.messenger.signOut();
    await alice.sees(carol, false);
    await alice.messenger.send({ chat: directChat(carol.name), text: "kept in time" });
    await alice.has(carol, "sent", "kept in time");

    disk.fill();
    await alice.messenger.send({ chat: directChat(bob.name), text: "needs no disk" });
    await alice.has(bob, "delivered", "needs no disk");
    await alice.messenger.send({ chat: directChat(carol.name), text: "too late" });
    await alice.has(carol, "failed", "too late");
    assert.equal(await failureOf(alice, "too late"), "internal");
    // Existing members can sign in, and get their mail.
    await bob.messenger.signOut();
    await bob.goesOnline();
    await carol.goesOnline();
    await carol.hears(alice, "kept in time");

    await server.kill();
    await assert.rejects(server.restart(), /disk-full|database or disk is full/);
    disk.empty();
    await server.restart();
    for (const computer of computers) await computer.messenger.reconnectNow();
    await Promise.all(computers.map((computer) => computer.isOnline()));
    const failed = (await alice.messages(carol)).find(({ state }) => state === "failed");
    assert.ok(failed);
    await alice.messenger.retry({ chat: directChat(carol.name), id: failed.id });
    await alice.has(carol, "delivered", "kept in time", "too late");
    assert.deepEqual(
      (await carol.transcript({ name: username("alice") })).filter((line) => line.startsWith("<")),
      ["< kept in time", "< too late"],
    );
  });

  async function failureOf(who: Computer, text: string): Promise<string | undefined> {
    const others = computers.filter((peer) => peer !== who);
    const histories = await Promise.all(others.map((peer) => who.messages(peer)));
    return histories.flat().find(({ body }) => body.kind === "text" && body.text === text)?.failure;
  }
});
