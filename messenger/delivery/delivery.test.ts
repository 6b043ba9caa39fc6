import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { Client } from "../../protocol/client/client.ts";
import { RefusedError } from "../../protocol/errors.ts";
import { newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import { contextOver } from "../context-fixture.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { Delivery, type Verdict } from "./delivery.ts";

describe("delivery", () => {
  it("does not wait for a withdrawn request: the answer to the peer's is sent at once", async () => {
    const folder = new StoreFolder();
    const { store } = folder.open();
    const quiet = () => {};
    const log = { info: quiet, debug: quiet, warn: quiet, error: (text: string) => assert.fail(text) };
    const said = new EventEmitter();
    const client: Client = Object.assign(Object.create(Client.prototype), {
      requestToTalk: async () => {
        setImmediate(() => said.emit("asked"));
        throw new RefusedError("rate-limited", "", 60_000);
      },
      accept: async () => void said.emit("accepted"),
    });
    const delivery = new Delivery(contextOver(store, { log, client }));
    const { number } = store.transaction(() => store.chats.ensure(directChat(username("bob"))));
    const request = store.outbox.add(number, newConversationId(), { verb: "request" });
    const asked = once(said, "asked");
    delivery.wake(number);
    await asked;
    store.outbox.add(number, newConversationId(), { verb: "accept", keyPackage: new Uint8Array(8) });
    const accepted = once(said, "accepted");
    delivery.wake(number);
    assert.equal(store.outbox.all(number).length, 2, "it waits as long as the server says");
    store.outbox.remove(request);
    delivery.wake(number);
    await accepted;
    delivery.close();
    folder.remove();
  });

  it("keeps a stale commit in the outbox until its refusal is noted", async () => {
    const folder = new StoreFolder();
    const { store } = folder.open();
    const said = new EventEmitter();
    const quiet = () => {};
    const log = { info: quiet, debug: quiet, warn: quiet, error: () => void said.emit("failed") };
    const client: Client = Object.assign(Object.create(Client.prototype), {
      commit: async () => {
        throw new RefusedError("epoch-stale", "");
      },
    });
    const delivery = new Delivery(contextOver(store, { log, client }));
    const told: Verdict[] = [];
    delivery.onVerdict((_chat, _conversation, verdict) => {
      told.push(verdict);
      if (told.length === 1) throw new Error("database or disk is full");
      said.emit("noted");
    });
    const commit = newMessageId();
    const failed = once(said, "failed");
    const { number } = store.transaction(() => {
      const chat = store.chats.ensure(directChat(username("bob")));
      const sealed = new Uint8Array(8);
      store.outbox.add(chat.number, newConversationId(), { verb: "commit", id: commit, epoch: 1n, sealed });
      return chat;
    });
    await failed;
    assert.equal(store.outbox.all(number).length, 1);
    const noted = once(said, "noted");
    delivery.wakeAll();
    await noted;
    assert.deepEqual(store.outbox.all(number), []);
    assert.deepEqual(told, [
      { type: "commit-stale", commit },
      { type: "commit-stale", commit },
    ]);
    delivery.close();
    folder.remove();
  });
});
