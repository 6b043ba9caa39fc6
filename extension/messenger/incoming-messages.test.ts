import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Client } from "../../protocol/client/client.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { Desk } from "./desk.ts";
import type { MessengerEvents } from "./model.ts";
import { StoreFolder } from "./store/store-fixture.ts";

const [ALICE, BOB] = [username("alice"), username("bob")];

class ClientThatCounts extends Client {
  hungUp = 0;
  override hangUp(): void {
    this.hungUp++;
  }
}

describe("messages that arrive", () => {
  it("wait for their turn up to a bound; a server that goes on beyond it is hung up on", async () => {
    const folder = new StoreFolder();
    const { store } = folder.open();
    const nothing = () => {};
    const desk = new Desk({
      store,
      options: {
        ...{ directory: folder.path, sendReadReceipts: () => true },
        secrets: { get: async () => undefined, store: async () => {}, delete: async () => {} },
        log: { info: nothing, warn: nothing, error: nothing, debug: nothing },
      },
      emitter: new EventEmitter<MessengerEvents>(),
      ...{ me: () => undefined, client: () => undefined, onRequest: nothing },
    });
    try {
      const conversation = newConversationId();
      store.transaction(() =>
        store.conversations.put(store.peers.ensure(BOB).id, conversation, Buffer.of(0)),
      );
      const client = new ClientThatCounts({
        ...{ host: "127.0.0.1", port: 1, name: ALICE, identity: Identity.generate() },
        caFingerprint: new Uint8Array(32),
      });
      desk.inbox.listen(client);
      let confirmed = 0;
      const sealed = new Uint8Array(60_000);
      const deliver = () =>
        client.emit("message", { conversation, id: newMessageId(), sealed, confirm: () => confirmed++ });
      for (let n = 0; n < 1_000; n++) deliver();
      assert.equal(client.hungUp, 0);
      for (let n = 0; n < 1_000; n++) deliver();
      assert.equal(client.hungUp, 1, "once");
      for (let n = 0; n < 10_000; n++) deliver();
      assert.deepEqual([client.hungUp, confirmed], [1, 0], "what is not taken comes again");
    } finally {
      await desk.close();
      folder.remove();
    }
  });
});
