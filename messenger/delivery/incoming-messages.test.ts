import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import { Client } from "../../protocol/client/client.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { newConversationId, newMessageId, type Username, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import { chatOf } from "../context.ts";
import { Desk } from "../desk.ts";
import type { MessengerEvents } from "../events.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { Pace, type Payer, STRANGERS } from "./pace.ts";

const [ALICE, BOB, CAROL, DAVE] = ["alice", "bob", "carol", "dave"].map((name) => username(name)) as [
  ...[Username, Username, Username, Username],
];

class ClientThatCounts extends Client {
  hungUp = 0;
  override hangUp(): void {
    this.hungUp++;
  }
}

/** A pace at which chosen people never get their turn until the test lets them. */
class HeldPace extends Pace {
  readonly held = new Set<Payer>();
  override async turn(who: Payer): Promise<boolean> {
    const waited = this.held.has(who);
    while (this.held.has(who)) await setImmediate();
    return waited;
  }
}

describe("messages that arrive", () => {
  let folder: StoreFolder;
  let desk: Desk;
  let client: ClientThatCounts;
  let pace: HeldPace;

  beforeEach(() => {
    folder = new StoreFolder();
    const { store } = folder.open();
    const identity = Identity.generate();
    pace = new HeldPace();
    const nothing = () => {};
    desk = new Desk({
      ...{ store, pace },
      options: {
        ...{ directory: folder.path, sendReadReceipts: () => true },
        secrets: { get: async () => undefined, store: async () => {}, delete: async () => {} },
        log: { info: nothing, warn: nothing, error: nothing, debug: nothing },
      },
      emitter: new EventEmitter<MessengerEvents>(),
      ...{
        me: () => ({ name: ALICE, identity, server: new Uint8Array(32) }),
        client: () => undefined,
        onRequest: nothing,
      },
    });
    client = new ClientThatCounts({
      ...{ host: "127.0.0.1", port: 1, name: ALICE, identity, caFingerprint: new Uint8Array(32) },
    });
    desk.inbox.listen(client);
  });
  afterEach(async () => {
    pace.held.clear();
    await desk.close();
    folder.remove();
  });

  /** Makes a person whose messages do not open. @returns functions that deliver one, and that count the confirmed ones */
  function talker(name: Username, bytes = 300): { deliver(): void; confirmed(): number } {
    const conversation = newConversationId();
    const { store } = desk;
    store.transaction(() =>
      store.conversations.put(store.chats.ensure(directChat(name)).number, conversation, Buffer.of(0)),
    );
    const sealed = new Uint8Array(bytes);
    let confirmed = 0;
    const confirm = () => void confirmed++;
    return {
      deliver: () => client.emit("message", { conversation, id: newMessageId(), sealed, confirm }),
      confirmed: () => confirmed,
    };
  }
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await setImmediate();
  }

  it("wait for their turn up to a bound, beyond which the connection is ended", () => {
    pace.held.add(directChat(BOB));
    const { deliver, confirmed } = talker(BOB, 60_000);
    for (let n = 0; n < 1_000; n++) deliver();
    assert.equal(client.hungUp, 0);
    for (let n = 0; n < 1_000; n++) deliver();
    assert.equal(client.hungUp, 1, "once");
    for (let n = 0; n < 10_000; n++) deliver();
    assert.deepEqual([client.hungUp, confirmed()], [1, 0], "what is not taken comes again");
  });

  it("are handled in their sender's turn, and confirmed afterwards; others do not wait", async () => {
    const [bob, carol] = [talker(BOB), talker(CAROL)];
    pace.held.add(directChat(BOB));
    for (let n = 0; n < 100; n++) bob.deliver();
    for (let n = 1; n <= 100; n++) {
      carol.deliver();
      await until(() => carol.confirmed() === n);
    }
    assert.equal(bob.confirmed(), 0);
    pace.held.clear();
    await until(() => bob.confirmed() === 100);
  });

  it("that still wait when their line ends are dropped: they will be delivered again", async () => {
    const bob = talker(BOB);
    pace.held.add(directChat(BOB));
    for (let n = 0; n < 100; n++) bob.deliver();
    await setImmediate();
    client.emit("state", { type: "connecting" });
    pace.held.clear();
    bob.deliver();
    await until(() => bob.confirmed() === 1);
    const { number } = chatOf(desk.store, directChat(BOB));
    assert.equal(desk.store.messages.page(number, { limit: 200 }).length, 1);
  });

  it("that are strangers' requests share one turn, without delaying anybody else", async () => {
    const carol = talker(CAROL);
    let confirmed = 0;
    const asks = (peer: Username) =>
      client.emit("request", {
        ...{ conversation: newConversationId(), peer, identityKey: Identity.generate().publicKey },
        confirm: () => void confirmed++,
      });
    pace.held.add(STRANGERS);
    for (const peer of [BOB, DAVE]) asks(peer);
    carol.deliver();
    await until(() => carol.confirmed() === 1);
    assert.equal(confirmed, 0);
    pace.held.clear();
    await until(() => confirmed === 2);
    assert.equal(desk.store.chats.get(directChat(DAVE))?.phase, "invited");
  });
});
