/**
 * Changes of messages in the store: in any order, in any number, and until their target is deleted. With test
 * kinds.
 */

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { directChat } from "../../messenger/chats/direct.ts";
import type { MessengerEvents } from "../../messenger/events.ts";
import { type MessageId, newMessageId, username } from "../../protocol/names.ts";
import type { Card, Retitle } from "../fixtures/kinds/data.ts";
import { withTestKinds } from "../fixtures/kinds/with-test-kinds.ts";

const { StoreFolder } = await withTestKinds<typeof import("../../messenger/store/store-fixture.ts")>(
  "messenger/store/store-fixture.ts",
);
const { contextOver } = await withTestKinds<typeof import("../../messenger/context-fixture.ts")>(
  "messenger/context-fixture.ts",
);
const { Deletion } = await withTestKinds<typeof import("../../messenger/history/deletion.ts")>(
  "messenger/history/deletion.ts",
);

const BOB = username("bob");
const WITH_BOB = directChat(BOB);
/** The account of the fixture. */
const MINE = { author: username("alice") };
const MAX_EARLY_CHANGES = 1_000;
const REMEMBERED = 1_000;
const MOST_EARLY_BYTES = 2 * 1024 * 1024;

describe("changes of messages", () => {
  let folder: InstanceType<typeof StoreFolder>;
  let store: ReturnType<typeof folder.open>["store"];
  let chats: ReturnType<typeof contextOver>["chats"];
  let updates: MessageId[];
  beforeEach(() => {
    folder = new StoreFolder();
    store = folder.open().store;
    const emitter = new EventEmitter<MessengerEvents>();
    updates = [];
    emitter.on("updated", ({ id }) => updates.push(id));
    ({ chats } = contextOver(store, { emitter }));
  });
  afterEach(() => folder.remove());

  type Appended = Parameters<typeof chats.append>[1];
  type Amending = Parameters<typeof chats.amend>[1];
  function write(body: Card | Retitle, changes: Partial<Appended> = {}): MessageId {
    const message = { id: newMessageId(), author: BOB, at: 1, ...changes, body };
    const chat = store.chats.ensure(WITH_BOB);
    if (body.kind === "test-card") chats.append(chat, message as unknown as Appended);
    else chats.amend(chat, message as unknown as Amending);
    return message.id;
  }
  const add: typeof write = (body, changes) => store.transaction(() => write(body, changes));
  const card = (title: string): Card => ({ kind: "test-card", title, version: 0 });
  const retitle = (target: MessageId, version: number): Retitle => ({
    ...{ kind: "test-retitle", target, version },
    title: `title ${version}`,
  });
  const shown = (): unknown[] =>
    store.messages.page(store.chats.ensure(WITH_BOB).number, { limit: 10_000 }).map(({ body }) => body);
  /** Returns how many rows the table has, shown or not. */
  function rows(where = "1"): number {
    const image = folder.crashImage(); // The file itself is locked.
    const database = new DatabaseSync(join(image.path, "parley.db"));
    try {
      return Number(
        database.prepare(`SELECT count(*) AS count FROM message WHERE ${where}`).get()?.["count"],
      );
    } finally {
      database.close();
      image.remove();
    }
  }

  it("lead to the same state in every order, before or after their target, and notify only of the target", () => {
    const orders = fc.shuffledSubarray(["target", 1, 2, 3] as const, { minLength: 4 });
    fc.assert(
      fc.property(orders, (order) => {
        const id = newMessageId();
        for (const one of order) one === "target" ? add(card("as it was"), { id }) : add(retitle(id, one));
        assert.deepEqual(shown().at(-1), { kind: "test-card", title: "title 3", version: 3 });
        assert.equal(store.chats.ensure(WITH_BOB).unread, shown().length);
        assert.ok(
          updates.every((updated) => updated === id),
          "a change is nothing that anybody is shown",
        );
        assert.equal(rows("early = 1"), 0);
        updates.length = 0;
      }),
      { numRuns: 30 },
    );
  });

  it("notify of their target when they change it, and when they are delivered, and leave then", () => {
    const target = add(card("mine"), { ...MINE, state: "sent" });
    const change = add(retitle(target, 1), { ...MINE, state: "waiting" });
    assert.deepEqual(updates, [target]);
    store.transaction(() => chats.noteReceipts(store.chats.ensure(WITH_BOB), [change], BOB, "delivered"));
    assert.equal(store.messages.find(store.chats.ensure(WITH_BOB).number, change), undefined);
    assert.deepEqual(updates, [target, target]);
    assert.deepEqual(shown(), [{ kind: "test-card", title: "title 1", version: 1 }]);
  });

  it("that arrive before their target are bounded: the oldest are dropped, and the newest still apply", () => {
    const first = newMessageId();
    const last = newMessageId();
    add(retitle(first, 1));
    store.transaction(() => {
      for (let n = 0; n < MAX_EARLY_CHANGES + 20; n++) write(retitle(newMessageId(), 1));
    });
    add(retitle(last, 1));
    assert.equal(rows(), MAX_EARLY_CHANGES);
    add(card("first"), { id: first });
    add(card("last"), { id: last });
    assert.deepEqual(shown(), [card("first"), { kind: "test-card", title: "title 1", version: 1 }]);
  });

  it("that arrive before their target are bounded in their bytes too", () => {
    const long = "x".repeat(50_000);
    store.transaction(() => {
      for (let n = 0; n < 60; n++) write({ ...retitle(newMessageId(), 1), title: long });
    });
    assert.equal(rows(), Math.floor(MOST_EARLY_BYTES / 50_000));
  });

  it("leave the ids of the last thousand only, besides those that are owed a receipt", () => {
    const target = add(card("a card"));
    const { number } = store.chats.ensure(WITH_BOB);
    const ids: MessageId[] = [];
    for (let n = 0; n < REMEMBERED + 20; n++) {
      ids.push(add(retitle(n % 2 === 0 ? target : newMessageId(), 1 + (n % 100))));
      if (n > 0) store.transaction(() => store.received.settleOwed(number, ids.slice(-1), "delivered"));
    }
    const left = ids.filter((id) => store.received.has(number, id));
    assert.deepEqual(left, [ids[0], ...ids.slice(-REMEMBERED)]);
    assert.ok(store.received.has(number, target));
  });

  it("that target a change, or a message that was deleted here, change nothing and are not kept", () => {
    const target = add(card("a card"));
    const change = add(retitle(target, 1));
    add(retitle(change, 2));
    assert.deepEqual(shown(), [{ kind: "test-card", title: "title 1", version: 1 }]);
    const gone = add(card("gone"));
    const place = store.messages.find(store.chats.ensure(WITH_BOB).number, gone);
    assert.ok(place);
    store.transaction(() => chats.remove(store.chats.ensure(WITH_BOB), [place], "drop"));
    add(retitle(gone, 2));
    assert.equal(rows("target IS NOT NULL"), 0);
  });

  it("are deleted with their target, and with the history", async () => {
    const [kept, gone] = [add(card("kept")), add(card("gone"))];
    for (const target of [kept, gone]) add(retitle(target, 1));
    const place = store.messages.find(store.chats.ensure(WITH_BOB).number, gone);
    assert.ok(place);
    store.transaction(() => chats.remove(store.chats.ensure(WITH_BOB), [place], "drop"));
    assert.equal(rows(), 1);
    assert.equal(store.chats.ensure(WITH_BOB).unread, 1);
    add(retitle(newMessageId(), 1));
    await new Deletion({ store, chats }).deleteHistory({
      chat: WITH_BOB,
      upTo: Number.MAX_SAFE_INTEGER,
    });
    assert.equal(rows(), 0);
  });

  it("disappear with their target, and stay out of a backup, in either order of arrival", () => {
    const expiry = { seconds: 60, due: 1 };
    const target = newMessageId();
    add(retitle(target, 1));
    add(card("for a minute"), { id: target, expiry });
    add(retitle(target, 2));
    assert.deepEqual(store.messages.lasting(0, 100), []);
    const due = store.expiries.due(Date.now()).get(store.chats.ensure(WITH_BOB).number) ?? [];
    assert.equal(due.length, 1);
    store.transaction(() => chats.remove(store.chats.ensure(WITH_BOB), due, "drop"));
    assert.equal(rows(), 0);
  });

  it('get a "delivered" receipt, and never a "read" one', () => {
    const target = add(card("a card"));
    const change = add(retitle(target, 1));
    const { number } = store.chats.ensure(WITH_BOB);
    assert.deepEqual([...store.received.owing(number, "delivered", 9)].sort(), [target, change].sort());
    store.transaction(() => store.received.oweRead(number, 0));
    assert.deepEqual(store.received.owing(number, "read", 9), [target]);
    assert.deepEqual(store.received.owing(number, "delivered", 9), [change]);
  });

  it("of one's own that have no receipt are sealed again like messages", () => {
    const target = add(card("mine"), { ...MINE, state: "waiting" });
    const change = add(retitle(target, 1), { ...MINE, state: "waiting" });
    const { number } = store.chats.ensure(WITH_BOB);
    assert.deepEqual(
      store.messages.unsealed(number).map(({ id }) => id),
      [target, change],
    );
    assert.deepEqual(shown(), [{ kind: "test-card", title: "title 1", version: 1 }]);
  });
});
