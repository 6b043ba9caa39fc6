import assert from "node:assert/strict";
import { newConversationId, username } from "../protocol/names.ts";
import { BlockSchema, Opcode } from "../protocol/wire/parley_pb.ts";
import type { RawClient } from "./raw-client-fixture.ts";
import { TestServer } from "./server-fixture.ts";
import { DAY_MS } from "./upkeep.ts";

describe("a request that is left", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  beforeEach(async () => {
    server = await TestServer.start();
    alice = await server.join("alice");
    bob = await server.join("bob");
  });
  afterEach(() => server.remove());

  const waitingFor = (name: string) => server.store.mailbox.after(username(name), 0, 1000).length;

  it("waits for somebody away, over a restart, and is theirs to answer", async () => {
    bob.line.destroy();
    await alice.seeLeave("bob");
    const conversation = newConversationId();
    assert.equal(await alice.leave("bob", conversation), "STORED");
    assert.equal(await alice.leave("bob", conversation), "STORED", "the same again");
    assert.equal(await alice.leave("bob"), "ALREADY_ASKED");
    await server.stop();
    await server.start();
    bob = await server.join("bob");
    await bob.next(Opcode.RTT);
    alice = await server.join("alice");
    assert.equal(await bob.accept("alice", conversation), "RECEIVED");
    await alice.next(Opcode.ACCEPT);
  });

  it("reaches at once who is there, and does not tell so", async () => {
    assert.equal(await alice.leave("bob"), "STORED");
    await bob.next(Opcode.RTT);
  });

  it("leaves no trace of whom it was for in any answer", async () => {
    await server.join("away").then((away) => away.line.destroy());
    const carol = await server.join("carol");
    await carol.tell(Opcode.BLOCK, BlockSchema, { name: "alice" });
    for (const name of ["away", "carol", "nobody"]) {
      const conversation = newConversationId();
      const answers = [
        await alice.leave(name, conversation),
        await alice.leave(name),
        await alice.rtt(name),
        await alice.notify(name, conversation),
        await alice.notify(name, conversation),
      ];
      assert.deepEqual(
        answers,
        ["STORED", "ALREADY_ASKED", "ALREADY_ASKED", "STORED", "NO_CONVERSATION"],
        name,
      );
    }
    await carol.ask(Opcode.PING);
    assert.deepEqual(
      carol.unread.filter((one) => one.opcode === Opcode.RTT || one.opcode === Opcode.NOTIFY),
      [],
    );
    assert.deepEqual([waitingFor("carol"), waitingFor("nobody")], [0, 0]);
  });

  it("is withdrawn before anybody saw it", async () => {
    bob.line.destroy();
    await alice.seeLeave("bob");
    const conversation = newConversationId();
    await alice.leave("bob", conversation);
    await alice.notify("bob", conversation);
    bob = await server.join("bob");
    await bob.next(Opcode.NOTIFY);
    assert.deepEqual(
      bob.unread.filter((one) => one.opcode === Opcode.RTT),
      [],
    );
  });

  it("is bounded for who asks and for who is asked, alike for names nobody has", async () => {
    await server.stop();
    await server.start({ waitingRequestsOfOne: 2, waitingRequestsForOne: 1 });
    alice = await server.join("alice");
    const carol = await server.join("carol");
    await alice.leave("bob");
    await alice.leave("nobody");
    assert.equal(await alice.leave("carol"), "TOO_MANY");
    assert.equal(await carol.leave("bob"), "MAILBOX_FULL");
    assert.equal(await carol.leave("nobody"), "MAILBOX_FULL");
    await server.stop();
    await server.start({ waitingRequestsOfOne: 0 });
    const dave = await server.join("dave");
    assert.equal(await dave.leave("bob"), "NOT_ALLOWED");
  });

  it("is gone after thirty days", async () => {
    bob.line.destroy();
    await alice.seeLeave("bob");
    await alice.leave("bob");
    const later = Date.now() + 30 * DAY_MS + 1000;
    server.store.mailbox.purge(later - 30 * DAY_MS);
    server.store.conversations.purge(later - 30 * DAY_MS);
    assert.equal(waitingFor("bob"), 0);
    assert.deepEqual(server.store.conversations.of(alice.name), []);
  });
});
