import assert from "node:assert/strict";
import { Opcode, Presence, SetPresenceSchema, UserSchema } from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import { type TestServer, withAliceAndBob } from "../server-fixture.ts";

describe("an invisible member", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  withAliceAndBob(async (started) => {
    ({ server, alice, bob } = started);
    await alice.next(Opcode.PRESENCE);
  });

  const appear = (who: RawClient, presence: Presence) =>
    who.tell(Opcode.PRESENCE, SetPresenceSchema, { presence });

  it("looks offline to others, over sign-ins and restarts, until they are visible again", async () => {
    assert.equal(await appear(bob, Presence.OFFLINE), "UNSPECIFIED");
    const gone = await alice.next(Opcode.PRESENCE);
    assert.equal(await alice.rtt("bob"), "USER_NOT_FOUND");
    assert.equal(await appear(bob, Presence.OFFLINE), "UNSPECIFIED");
    bob.line.destroy();
    await server.stop();
    await server.start();
    bob = await server.join("bob");
    alice = await server.connect("alice");
    assert.deepEqual(await alice.welcome(), []);
    bob.line.destroy();
    bob = await server.join("bob");
    await alice.ask(Opcode.PING);
    assert.deepEqual(alice.unread, []);
    await appear(bob, Presence.ONLINE);
    const back = await alice.nextAs(Opcode.PRESENCE, UserSchema);
    assert.deepEqual([back.name, back.presence], ["bob", Presence.ONLINE]);
    bob.line.destroy();
    assert.deepEqual(
      (await alice.next(Opcode.PRESENCE)).body,
      gone.body,
      "hiding and leaving are the same bytes",
    );
  });

  it("sees the others, sends requests, chats on, and receives waiting mail", async () => {
    const conversation = await talking(alice, bob);
    await appear(bob, Presence.OFFLINE);
    assert.equal(await alice.send(conversation, "still there?"), "RECEIVED");
    assert.equal(await bob.read(), "still there?");
    await server.join("carol");
    const seen = await bob.nextAs(Opcode.PRESENCE, UserSchema);
    assert.equal(seen.name, "carol");
    assert.equal(await bob.rtt("carol"), "RECEIVED");
    const dave = await server.join("dave");
    assert.equal(await dave.leave("bob"), "STORED");
    await bob.next(Opcode.RTT);
  });

  it("ends the connection by an unknown presence", async () => {
    bob.line.send(Opcode.PRESENCE, 7, Buffer.from([8, 9]));
    assert.equal(await bob.lastError(), "BAD_MESSAGE");
  });
});
