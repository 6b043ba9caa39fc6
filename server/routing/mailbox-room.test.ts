import assert from "node:assert/strict";
import { type ConversationId, newConversationId, username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import { TestServer } from "../server-fixture.ts";
import { waitingFor } from "../store/store-fixture.ts";

const BOUND = 128 * 1024;
const TEXT = "x".repeat(3000);

describe("room in a mailbox", () => {
  let server: TestServer;
  let bob: RawClient;
  let mallory: RawClient;
  let alice: RawClient;
  beforeEach(() => start({ mailboxBytes: BOUND }));
  afterEach(() => server.remove());

  async function start(limits: { mailboxBytes?: number; mailBytes?: number }): Promise<void> {
    server = await TestServer.start({ requestPaceMs: 0, ...limits });
    bob = await server.join("bob");
    mallory = await server.join("mallory");
    alice = await server.join("alice");
  }
  async function leave(who: RawClient): Promise<void> {
    who.line.destroy();
    await alice.seeLeave(who.name);
  }
  /**
   * Sends until a message is not stored.
   * @returns how many were stored
   */
  async function fill(sender: RawClient, conversation: ConversationId): Promise<number> {
    for (let stored = 0; ; stored++) {
      const answer = await sender.send(conversation, TEXT);
      if (answer !== "STORED") {
        assert.equal(answer, "MAILBOX_FULL");
        return stored;
      }
    }
  }
  const waiting = (name: string) => waitingFor(server.store, username(name));

  it("remains for everybody else when one contact sends all they can", async () => {
    const [mallorys, alices] = [await talking(mallory, bob), await talking(alice, bob)];
    await leave(bob);
    const stored = await fill(mallory, mallorys);
    assert.ok(stored >= 9 && server.store.mailbox.size().bytes <= BOUND / 4, String(stored));
    const left = await fill(alice, alices);
    assert.ok(left >= 7 && left <= stored);
    bob = await server.join("bob");
    for (let count = 0; count < stored + left; count++) await bob.read();
    await bob.ask(Opcode.PING);
    assert.equal(await mallory.send(mallorys, TEXT), "RECEIVED");
  });

  it("remains for the end of a full conversation, and for the conversation that replaces it", async () => {
    const conversation = await talking(mallory, bob);
    await leave(bob);
    let stored = await fill(mallory, conversation);
    while ((await mallory.send(conversation, "x")) === "STORED") stored++;
    assert.equal(await mallory.leave("bob"), "STORED");
    assert.equal(await mallory.notify("bob", conversation), "STORED");
    assert.deepEqual(
      waiting("bob").map(({ opcode }) => opcode),
      [...Array.from({ length: stored }, () => Opcode.MESSAGE), Opcode.RTT, Opcode.NOTIFY],
    );
  });

  it("is not used up by strangers who request and withdraw, however often", async () => {
    const conversation = await talking(alice, bob);
    const seen = newConversationId();
    await mallory.leave("bob", seen);
    await bob.next(Opcode.RTT);
    await leave(bob);
    await mallory.notify("bob", seen);
    const { bytes } = server.store.mailbox.size();
    for (let count = 0; count < 100; count++) {
      const asked = newConversationId();
      assert.equal(await mallory.leave("bob", asked), "STORED");
      assert.equal(await mallory.notify("bob", asked), "STORED");
    }
    assert.deepEqual(server.store.mailbox.size(), { items: 1, bytes });
    assert.equal(await alice.send(conversation, TEXT), "STORED");
  });

  it("is bounded for all mailboxes together, of which one sender gets a quarter of the free part", async () => {
    await server.remove();
    await start({ mailBytes: BOUND });
    const friends = await Promise.all(["anna", "bert", "carl"].map((name) => server.join(name)));
    const conversations: ConversationId[] = [];
    for (const friend of friends) conversations.push(await talking(mallory, friend));
    const alices = await talking(alice, friends[0] as RawClient);
    for (const friend of friends) await leave(friend);
    const stored = await fill(mallory, conversations[0] as ConversationId);
    assert.ok(stored >= 9, String(stored));
    for (const conversation of conversations) assert.equal(await fill(mallory, conversation), 0);
    assert.ok((await fill(alice, alices)) >= 7);
    assert.equal(await mallory.notify("carl", conversations[2] as ConversationId), "STORED");
  });
});
