import assert from "node:assert/strict";
import { newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import type { ChatNumber } from "./numbers.ts";
import type { Store } from "./store.ts";
import { StoreFolder } from "./store-fixture.ts";
import type { StoredState } from "./stored-message.ts";

describe("what the outbox keeps", () => {
  const folder = new StoreFolder();
  const conversation = newConversationId();
  let store: Store;
  let chat: ChatNumber;

  beforeEach(() => {
    ({ store } = folder.open());
    chat = store.transaction(() => store.chats.ensure(directChat(username("bob")))).number;
  });
  afterEach(() => folder.remove());

  /** Adds an entry that the server has stored. @param row whether it is a message of the history, and its state */
  function stored(row: boolean | StoredState, id = newMessageId()) {
    store.transaction(() => {
      if (row !== false)
        store.messages.add({
          ...{ chat, id, author: username("alice"), at: 0, storedAt: 0 },
          ...(row !== true && { state: row, receivers: [{ person: username("bob") }] }),
          body: { kind: "text", text: "hi" },
        });
      const position = store.outbox.add(chat, conversation, {
        verb: "message",
        id,
        sealed: new Uint8Array(8),
      });
      assert.ok(store.outbox.keep(chat, position));
    });
    return id;
  }
  const leaving = () => store.outbox.all(chat).map(({ outgoing }) => "id" in outgoing && outgoing.id);
  const again = () => store.transaction(() => store.outbox.sendAgain(chat, conversation));

  it("leaves once more in its order, and not before it is told to", () => {
    const ids = [stored(true), stored(false), stored(true)];
    assert.deepEqual(leaving(), []);
    assert.deepEqual(store.outbox.chats(), []);
    assert.equal(store.outbox.after(chat, 0), undefined);
    assert.equal(again(), true);
    assert.deepEqual(leaving(), ids);
    assert.deepEqual(store.outbox.chats(), [chat]);
  });

  it("does not leave in a conversation that has taken the place of its own", () => {
    stored(true);
    assert.equal(
      store.transaction(() => store.outbox.sendAgain(chat, newConversationId())),
      false,
    );
    assert.deepEqual(leaving(), []);
  });

  it("is forgotten with the receipt for it or for one after it", () => {
    const [, second] = [stored(false), stored(true)];
    const third = stored(false);
    store.transaction(() => store.outbox.receipted(chat, [second]));
    again();
    assert.deepEqual(leaving(), [third]);
  });

  it("is a message passed over where a later one has a receipt, and it has none", () => {
    const passed = () => store.outbox.passedOver(chat);
    const [first, , second, third] = [stored("sent"), stored(false), stored("sent"), stored("sent")];
    assert.deepEqual(passed(), []);
    store.transaction(() => store.outbox.receipted(chat, [third]));
    assert.deepEqual(passed(), [first, second]);
    // Their own receipts come late, in another order.
    store.transaction(() => store.outbox.receipted(chat, [second]));
    assert.deepEqual(passed(), [first]);
    const fourth = stored("sent");
    store.transaction(() => store.outbox.receipted(chat, [fourth, first]));
    assert.deepEqual(passed(), []);
    again();
    assert.deepEqual(leaving(), []);
  });

  it("is a message that its receiver has confirmed, until its receipt", () => {
    const add = (state: StoredState) => {
      const id = stored(state);
      const position = store.transaction(() =>
        store.outbox.add(chat, conversation, { verb: "message", id, sealed: new Uint8Array(8) }),
      );
      store.transaction(() => store.outbox.dropKept(chat, id));
      assert.ok(store.transaction(() => store.outbox.keepForReceipt(position)));
      return id;
    };
    const [, waits] = [add("delivered"), add("waiting")];
    const later = stored("sent");
    store.transaction(() => store.outbox.receipted(chat, [later]));
    assert.deepEqual(store.outbox.passedOver(chat), [waits]);
    assert.equal(again(), false);
  });

  it("is not forgotten by a receipt for something else", () => {
    const id = stored(true);
    store.transaction(() => store.outbox.receipted(chat, [newMessageId()]));
    again();
    assert.deepEqual(leaving(), [id]);
  });

  it("goes with a message that is deleted", () => {
    const id = stored(true);
    const message = store.messages.find(chat, id);
    assert.ok(message);
    store.transaction(() => store.deletions.remove(chat, [message], "drop"));
    assert.equal(again(), false);
  });

  it("is at most 100 signals of a chat, the newest, and any number of messages", () => {
    const messages = Array.from({ length: 20 }, () => stored(true));
    const signals = Array.from({ length: 150 }, () => stored(false));
    again();
    assert.deepEqual(leaving(), [...messages, ...signals.slice(-100)]);
  });
});
