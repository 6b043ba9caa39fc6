import assert from "node:assert/strict";
import { type MessageId, newMessageId } from "../../protocol/names.ts";
import { ALICE, contextOver } from "../context-fixture.ts";
import type { Body, Change } from "../kinds/body.ts";
import { BOB, StoreFolder, WITH_BOB } from "../store/store-fixture.ts";

describe("a message of mine that is deleted for both before it has left", () => {
  let folder: StoreFolder;
  let store: ReturnType<StoreFolder["open"]>["store"];
  let chats: ReturnType<typeof contextOver>["chats"];
  beforeEach(() => {
    folder = new StoreFolder();
    store = folder.open().store;
    ({ chats } = contextOver(store));
  });
  afterEach(() => folder.remove());

  const chat = () => store.chats.ensure(WITH_BOB);
  const mine = () => ({ id: newMessageId(), author: ALICE, at: 1, state: "waiting" }) as const;
  function says(body: Body): MessageId {
    return store.transaction(() => chats.append(chat(), { ...mine(), body }).message.id);
  }
  function changes(body: Change): MessageId {
    const change = { ...mine(), body };
    store.transaction(() => chats.amend(chat(), change));
    return change.id;
  }

  it("is never sealed, nor any change of it but the deletion", () => {
    const target = says({ kind: "text", text: "a secret" });
    changes({ kind: "edit", target, revision: 1, text: "another secret" });
    const reaction = changes({ kind: "mark", target, name: "reaction", version: 1, values: ["👍"] });
    assert.equal(store.messages.unsealed(chat().number).length, 3);
    const deletion = changes({ kind: "delete", target });
    assert.deepEqual(
      store.messages.unsealed(chat().number).map(({ id }) => id),
      [deletion],
    );
    assert.equal(store.messages.find(chat().number, reaction), undefined);
    const left = store.messages.find(chat().number, target);
    assert.deepEqual([left?.body, left?.state, left?.receivers], [{ kind: "deleted" }, undefined, undefined]);
  });

  it("takes no receipt any more, and shows until the deletion has one that it is on its way", () => {
    const target = says({ kind: "text", text: "a secret" });
    const deletion = changes({ kind: "delete", target });
    const shown = () => store.messages.page(chat().number, { limit: 1 }).map((one) => chats.view(one))[0];
    assert.deepEqual(shown()?.changes, [{ id: deletion, kind: "delete", state: "waiting" }]);
    store.transaction(() => chats.noteReceipts(chat(), [target], BOB, "delivered"));
    assert.equal(shown()?.state, undefined);
    store.transaction(() => chats.noteReceipts(chat(), [deletion], BOB, "delivered"));
    assert.equal(shown()?.changes, undefined);
    assert.deepEqual(shown()?.body, { kind: "deleted" });
  });
});
