import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { SEALED_SIGNAL_BYTES } from "../../protocol/limits.ts";
import { type ConversationId, idBytes, newConversationId, username } from "../../protocol/names.ts";
import {
  BlockSchema,
  Opcode,
  Presence,
  SetPresenceSchema,
  SignalSchema,
} from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { type TestServer, withAliceAndBob } from "../server-fixture.ts";
import { TemporaryStore } from "../store/store-fixture.ts";
import { Signals } from "./signals.ts";

function body(conversation: ConversationId, bytes = SEALED_SIGNAL_BYTES): Uint8Array {
  const signal = { conversation: idBytes(conversation), sealed: new Uint8Array(bytes).fill(7) };
  return toBinary(SignalSchema, create(SignalSchema, signal));
}

describe("a signal at the server", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  withAliceAndBob(async (started) => {
    ({ server, alice, bob } = started);
  });
  const signal = (by: RawClient, conversation: ConversationId) =>
    by.ask(Opcode.SIGNAL, body(conversation)).then(({ opcode, body }) => [opcode, body.length]);
  /** Returns whether a signal has come, once all that was sent before has arrived. */
  const heard = async (by: RawClient) => {
    await by.ask(Opcode.PING);
    return by.unread.some(({ opcode }) => opcode === Opcode.SIGNAL);
  };
  const passed: [Opcode, number] = [Opcode.ACK, 0];

  it("reaches the other person unchanged, with id 0, and is not kept", async () => {
    const conversation = await talking(alice, bob);
    alice.line.send(Opcode.SIGNAL, 0, body(conversation));
    const { id, body: received } = await bob.next(Opcode.SIGNAL);
    assert.equal(id, 0);
    assert.deepEqual(Buffer.from(received), Buffer.from(body(conversation)));
    bob.line.destroy();
    bob = await server.join("bob");
    assert.equal(await heard(bob), false);
  });

  it("is dropped, with the same answer, unless two people in an established conversation see each other", async () => {
    const conversation = await talking(alice, bob);
    const carol = await server.join("carol");
    assert.deepEqual(await signal(carol, conversation), passed, "takes no part");
    assert.deepEqual(await signal(alice, newConversationId()), passed, "unknown");
    const asked = newConversationId();
    await alice.rtt("carol", asked);
    assert.deepEqual(await signal(alice, asked), passed, "not established");
    await carol.next(Opcode.RTT);
    for (const hidden of [alice, bob]) {
      await hidden.tell(Opcode.PRESENCE, SetPresenceSchema, { presence: Presence.OFFLINE });
      assert.deepEqual(await signal(alice, conversation), passed, `${hidden.name} is invisible`);
      await hidden.tell(Opcode.PRESENCE, SetPresenceSchema, { presence: Presence.ONLINE });
    }
    for (const [blocker, blocked] of [
      [alice, "bob"],
      [bob, "alice"],
    ] as const) {
      await blocker.tell(Opcode.BLOCK, BlockSchema, { name: blocked });
      assert.deepEqual(await signal(alice, conversation), passed, `${blocker.name} blocks ${blocked}`);
      // An unblock ends the conversation, so this takes the row away.
      server.store.blocks.remove(blocker.name, username(blocked));
    }
    assert.equal(await heard(bob), false);
    assert.equal(await heard(carol), false);
    assert.deepEqual(await signal(alice, conversation), passed);
    assert.equal(await heard(bob), true, "and passed on otherwise");
    bob.line.destroy();
    await alice.seeLeave("bob");
    assert.deepEqual(await signal(alice, conversation), passed, "away");
    bob = await server.join("bob");
    assert.equal(await heard(bob), false);
  });

  it("of another size ends the connection", async () => {
    const conversation = await talking(alice, bob);
    alice.line.send(Opcode.SIGNAL, 0, body(conversation, SEALED_SIGNAL_BYTES - 1));
    assert.equal(await alice.lastError(), "BAD_MESSAGE");
  });
});

describe("the bounds on signals", () => {
  const people = ["alice", "bob", "carol"].map(username);
  const [alice, bob, carol] = people;
  assert.ok(alice && bob && carol);
  let files: TemporaryStore;
  let conversations: Map<string, ConversationId>;
  let sent: Map<string, number>;
  let behind: Set<string>;
  let signals: Signals;

  function start(limits: Partial<typeof DEFAULT_LIMITS> = {}): void {
    const store = files.open();
    for (const one of people)
      for (const other of people) {
        if (one >= other) continue;
        const id = newConversationId();
        conversations.set(`${one} ${other}`, id).set(`${other} ${one}`, id);
        store.conversations.put(
          { id, requester: one, addressee: other, stage: "established", epoch: 1, digest: "" },
          Date.now(),
        );
      }
    const online = {
      get: (name: string) => ({
        isBehind: behind.has(name),
        send: () => void sent.set(name, (sent.get(name) ?? 0) + 1),
      }),
      isReachable: () => true,
    };
    signals = new Signals(store, online, { ...DEFAULT_LIMITS, ...limits }, 0);
  }
  const pass = (by: typeof alice, to: typeof alice, times: number, now: number) => {
    const id = conversations.get(`${by} ${to}`);
    assert.ok(id);
    for (let time = 0; time < times; time++) signals.pass(id, by, new Uint8Array(1), now);
  };
  beforeEach(() => {
    files = new TemporaryStore();
    [conversations, sent, behind] = [new Map(), new Map(), new Set()];
  });
  afterEach(() => files.remove());

  it("hold for one sender, over all conversations", () => {
    start();
    pass(alice, bob, 100, 0);
    pass(alice, carol, 100, 0);
    assert.deepEqual([...sent], [["bob", 8]]);
    pass(alice, carol, 100, 1000);
    assert.equal(sent.get("carol"), 2);
    pass(carol, bob, 1, 1000);
    assert.equal(sent.get("bob"), 9, "others are not affected");
  });

  it("hold for one recipient, of all senders", () => {
    start({ signalsToOne: 3 });
    pass(alice, bob, 8, 0);
    pass(carol, bob, 8, 0);
    assert.equal(sent.get("bob"), 12);
    pass(bob, alice, 1, 0);
    assert.equal(sent.get("alice"), 1);
  });

  it("hold for all together", () => {
    start({ signalsOfAll: 2 });
    pass(alice, bob, 6, 0);
    pass(carol, bob, 6, 0);
    assert.equal(sent.get("bob"), 8);
  });

  it("let nothing wait for a person who does not read", () => {
    start();
    behind.add("bob");
    pass(alice, bob, 1, 0);
    assert.equal(sent.size, 0);
  });

  it("are forgotten once they are full again", () => {
    start();
    pass(alice, bob, 1, 0);
    assert.equal(signals.size, 2);
    signals.tick(100);
    assert.equal(signals.size, 1, "the sender's is not full");
    signals.tick(1000);
    assert.equal(signals.size, 0);
  });
});
