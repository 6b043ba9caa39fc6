import assert from "node:assert/strict";
import { newConversationId } from "../../protocol/names.ts";
import { BlockSchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import { TestServer } from "../server-fixture.ts";

describe("many conversations of one person", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  let carol: RawClient;
  let dave: RawClient;
  beforeEach(async () => {
    server = await TestServer.start({ conversations: 2 });
    [alice, bob, carol, dave] = [
      await server.join("alice"),
      await server.join("bob"),
      await server.join("carol"),
      await server.join("dave"),
    ];
  });
  afterEach(() => server.remove());

  it("are bounded for requester and accepter, with room again when one ends", async () => {
    const withBob = await talking(alice, bob);
    await talking(carol, alice);
    const asked = newConversationId();
    assert.equal(await dave.rtt("alice", asked), "RECEIVED");
    assert.equal(await alice.accept("dave", asked), "TOO_MANY");
    await alice.refuse("dave", asked);
    assert.equal(await alice.rtt("dave"), "TOO_MANY");
    await bob.notify("alice", withBob);
    assert.equal(await alice.rtt("dave"), "RECEIVED");
    assert.equal(await alice.rtt("bob"), "TOO_MANY");
  });

  it("can be renewed by their two people beyond the bound", async () => {
    await talking(alice, bob);
    await talking(alice, carol);
    const anew = await talking(bob, alice);
    assert.equal(await alice.send(anew, "new keys"), "RECEIVED");
    await talking(alice, carol);
    assert.equal(server.store.conversations.count(alice.name), 2);
  });

  it("are refused alike for an online, unknown or blocking person", async () => {
    await talking(alice, bob);
    await talking(alice, carol);
    await dave.tell(Opcode.BLOCK, BlockSchema, { name: "alice" });
    for (const name of ["dave", "nobody"])
      for (const answer of [await alice.rtt(name), await alice.leave(name)])
        assert.equal(answer, "TOO_MANY", name);
  });
});
