/** The server's disk is full when two clients renew their keys: each step waits until there is room. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { directChat } from "../../messenger/chats/direct.ts";
import { chatOf } from "../../messenger/context.ts";
import type { ChatEvent } from "../../messenger/kinds/event.ts";
import type { StoredChat } from "../../messenger/store/chats.ts";
import type { Store } from "../../messenger/store/store.ts";
import { Computer, type Condition } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { SmallDisk } from "../torture/small-disk.ts";

describe("healing with a full server disk", function () {
  this.timeout(180_000);
  let mountPoint: string;
  let disk: SmallDisk;
  let server: RealServer;
  let computers: Computer[];
  let alice: Computer;
  let bob: Computer;

  before(function () {
    mountPoint = mkdtempSync(join(tmpdir(), "parley-healing-disk-"));
    const mounted = SmallDisk.mount(mountPoint);
    if (typeof mounted !== "string") disk = mounted;
    else {
      console.log(`    skipped: ${mounted}`);
      rmSync(mountPoint, { recursive: true });
      this.skip();
    }
  });
  after(() => {
    disk?.unmount();
    rmSync(mountPoint, { recursive: true, force: true });
  });

  /**
   * Bob's disk is restored to before his last message: his keys are older than those alice has seen from him.
   */
  beforeEach(async () => {
    computers = [];
    server = await RealServer.start([], [], mountPoint);
    const link = await server.invite(2);
    [alice, bob] = [await Computer.start("alice"), await Computer.start("bob")];
    computers.push(alice, bob);
    for (const computer of computers) await computer.joins(link);
    await alice.opensChatWith(bob);
    const earlier = bob.crashImage();
    computers.push(earlier);
    await bob.messenger.send({ chat: directChat(alice.name), text: "said, and forgotten" });
    await bob.has(alice, "delivered", "said, and forgotten");
    await bob.remove();
    bob = earlier;
    await bob.open();
  });
  afterEach(async () => {
    disk.empty();
    await Promise.all(computers.map((computer) => computer.remove()));
    await server.remove();
  });

  it("repeats NOTIFY once there is room", async () => {
    await bob.goesOnline();
    disk.fill();
    await bob.messenger.send({ chat: directChat(alice.name), text: "said again" });
    await refused(alice, "notify");
    disk.empty();
    await assertHealed("told");
  });

  it("repeats RTT once there is room", async () => {
    await aliceTellsAndGoes();
    disk.fill();
    await bob.goesOnline();
    await refused(bob, "request");
    disk.empty();
    await alice.goesOnline();
    await assertHealed("at once");
  });

  it("repeats ACCEPT once there is room", async () => {
    await aliceTellsAndGoes();
    await bob.goesOnline();
    await hasSentAll(bob, alice, "keys-lost-by-peer");
    disk.fill();
    await alice.goesOnline();
    await refused(alice, "accept");
    disk.empty();
    await assertHealed("at once");
  });

  it("repeats CC_SESSION_ESTABLISHMENT once there is room", async () => {
    await aliceTellsAndGoes();
    await bob.goesOnline();
    await hasSentAll(bob, alice, "keys-lost-by-peer");
    await bob.messenger.signOut();
    await alice.goesOnline();
    await eventually("an agreement", () => chatAt(alice, bob, ({ group }) => group.joining !== undefined));
    await hasSentAll(alice, bob, "keys-lost");
    await alice.messenger.signOut();
    disk.fill();
    await bob.goesOnline();
    await refused(bob, "establish");
    disk.empty();
    await alice.goesOnline();
    await assertHealed("at once");
  });

  /**
   * A message of bob's, sealed with a used key, waits for alice; she cannot open it, notifies him, and goes
   * offline.
   */
  async function aliceTellsAndGoes(): Promise<void> {
    await alice.messenger.signOut();
    await bob.goesOnline();
    await bob.messenger.send({ chat: directChat(alice.name), text: "said again" });
    await bob.has(alice, "sent", "said again");
    await bob.messenger.signOut();
    await alice.goesOnline();
    await hasSentAll(alice, bob, "keys-lost");
    await alice.messenger.signOut();
  }

  /**
   * Asserts that the conversation was renewed.
   * @param as "at once": with the first request, and the first answer to it
   */
  async function assertHealed(as: "told" | "at once"): Promise<void> {
    await alice.hears(bob, "said, and forgotten", "said again");
    await bob.has(alice, "delivered", "said again");
    await alice.messenger.send({ chat: directChat(bob.name), text: "as ever" });
    await alice.has(bob, "delivered", "as ever");
    assert.deepEqual(await events(alice, bob), ["opened", "keys-lost", "renewed"]);
    assert.deepEqual(await events(bob, alice), ["opened", "keys-lost-by-peer", "renewed"]);
    if (as === "told") return;
    for (const [who, peer] of [
      [alice, bob],
      [bob, alice],
    ] as const)
      assert.equal(
        chatAt(who, peer, ({ group }) => group.renewals?.length),
        1,
        who.name,
      );
  }

  /** Waits until the server has answered that it cannot store the request for now. */
  const refused = (who: Computer, verb: string) =>
    eventually(`${who.name}'s ${verb} refused`, () =>
      who.remarks.some((remark) => remark.includes(` ${verb}`) && remark.endsWith("internal")),
    );

  /** Waits until the chat has that line, and nothing waits to be sent any more. */
  const hasSentAll = (who: Computer, peer: Computer, event: ChatEvent) =>
    eventually(
      `${who.name} after ${event}`,
      async () =>
        (await events(who, peer)).includes(event) &&
        chatAt(who, peer, ({ number }, store) => store.outbox.all(number).length === 0),
    );

  const events = async (who: Computer, peer: Computer) =>
    (await who.messages(peer)).flatMap(({ body }) => (body.kind === "event" ? [body.event] : []));

  /** Returns the stored state of the chat with `peer`, as `look` reads it. */
  function chatAt<Found>(
    who: Computer,
    peer: Computer,
    look: (chat: StoredChat, store: Store) => Found,
  ): Found {
    return who.onDisk((store) => look(chatOf(store, directChat(peer.name)), store));
  }

  async function eventually(what: string, condition: Condition, deadlineMs = 20_000): Promise<void> {
    const began = performance.now();
    while (!(await condition())) {
      assert.ok(performance.now() - began < deadlineMs, `In vain: ${what}. ${alice.story()} ${bob.story()}`);
      await pause(20);
    }
  }
});
