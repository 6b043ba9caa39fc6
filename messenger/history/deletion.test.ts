import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type MessageId, newMessageId, username } from "../../protocol/names.ts";
import type { Chats } from "../chats/chats.ts";
import { directChat, partnerOf } from "../chats/direct.ts";
import { ALICE, contextOver } from "../context-fixture.ts";
import type { MessengerEvents } from "../events.ts";
import type { ChatId } from "../model.ts";
import type { Store } from "../store/store.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import type { StoredMessage } from "../store/stored-message.ts";
import { Deletion } from "./deletion.ts";

const BOB = directChat(username("bob"));
const CAROL = directChat(username("carol"));

const OURS = { author: ALICE, receivers: [{ person: partnerOf(BOB) }] };

describe("deleting messages", () => {
  let folder: StoreFolder;
  let store: Store;
  let chats: Chats;
  let removed: MessengerEvents["removed"][0][];
  beforeEach(() => {
    folder = new StoreFolder();
    open();
  });
  afterEach(() => folder.remove());

  function open(): void {
    store = folder.open().store;
    const emitter = new EventEmitter<MessengerEvents>();
    removed = [];
    emitter.on("removed", (gone) => removed.push(gone));
    ({ chats } = contextOver(store, { emitter }));
  }
  /** Adds a message as if it had been stored at that time. */
  function addAt(storedAt: number, changes: Partial<StoredMessage> = {}): StoredMessage {
    return store.transaction(() => {
      const body = { kind: "text", text: "said" } as const;
      return store.messages.add({
        chat: store.chats.ensure(BOB).number,
        id: newMessageId(),
        author: partnerOf(BOB),
        at: 1,
        body,
        storedAt,
        ...changes,
      });
    });
  }
  function add(chat: ChatId, state?: "waiting" | "sent" | "failed"): StoredMessage {
    return addMany(1, chat, state)[0] ?? assert.fail();
  }
  function addMany(count: number, chat: ChatId, state?: "waiting" | "sent" | "failed"): StoredMessage[] {
    const author = state === undefined ? partnerOf(chat) : ALICE;
    const body = { kind: "text", text: "said" } as const;
    return store.transaction(() =>
      Array.from(
        { length: count },
        () =>
          chats.append(store.chats.ensure(chat), { id: newMessageId(), author, at: 1, body, state }).message,
      ),
    );
  }
  const ids = (chat: ChatId) =>
    store.messages.page(store.chats.ensure(chat).number, { limit: 10_000 }).map(({ id }) => id);
  const deleteHistory = (chat: ChatId) =>
    new Deletion({ store, chats }).deleteHistory({ chat, upTo: Number.MAX_SAFE_INTEGER });

  it("deletes all of one chat, of any length, and nothing of another", async () => {
    const bobs = addMany(1234, BOB).map(({ id }) => id);
    const carols = [add(CAROL).id, add(CAROL, "sent").id];
    store.transaction(() => chats.change(store.chats.ensure(BOB), { draft: "half a sentence" }));
    await deleteHistory(BOB);
    assert.deepEqual(ids(BOB), []);
    assert.deepEqual(ids(CAROL), carols);
    assert.deepEqual(
      removed.flatMap(({ chat, ids }) => (chat === BOB ? ids : [])),
      bobs,
    );
    const { unread, firstUnread, draft, lastActivity } = store.chats.ensure(BOB);
    assert.deepEqual([unread, firstUnread, draft, lastActivity], [0, undefined, "", 0]);
    assert.equal(store.chats.ensure(CAROL).unread, 1);
  });

  it("keeps messages that still wait to leave, so that they cannot fail unseen", async () => {
    add(BOB, "sent");
    const waiting = add(BOB, "waiting");
    add(BOB, "failed");
    await deleteHistory(BOB);
    assert.deepEqual(ids(BOB), [waiting.id]);
    assert.notEqual(store.chats.ensure(BOB).lastActivity, 0);
  });

  it("deletes one message alone, and none that still waits to leave", async () => {
    const [first = assert.fail(), second] = addMany(2, BOB);
    const waiting = add(BOB, "waiting");
    const deleteHere = (target: MessageId) =>
      new Deletion({ store, chats }).deleteHere({ chat: BOB, target });
    await deleteHere(first.id);
    assert.deepEqual(removed, [{ chat: BOB, ids: [first.id] }]);
    assert.deepEqual(ids(BOB), [second?.id, waiting.id]);
    assert.equal(store.chats.ensure(BOB).unread, 1);
    await assert.rejects(deleteHere(waiting.id), { code: "wrong-state" });
    await deleteHere(newMessageId());
    assert.deepEqual(ids(BOB), [second?.id, waiting.id]);
  });

  it("does not delete a message while a change to it waits to leave, which would never be sent", async () => {
    const mine = add(BOB, "sent");
    store.transaction(() => {
      const body = { kind: "delete", target: mine.id } as const;
      chats.amend(store.chats.ensure(BOB), {
        id: newMessageId(),
        author: ALICE,
        at: 2,
        body,
        state: "waiting",
      });
    });
    const deleting = new Deletion({ store, chats }).deleteHere({ chat: BOB, target: mine.id });
    await assert.rejects(deleting, { code: "wrong-state" });
    assert.deepEqual(ids(BOB), [mine.id]);
  });

  it("does not delete messages that arrive meanwhile, and never reuses a position", async () => {
    addMany(600, BOB);
    const deleting = deleteHistory(BOB);
    const late = add(BOB);
    await deleting;
    assert.deepEqual(ids(BOB), [late.id]);
    assert.deepEqual(store.chats.ensure(BOB).firstUnread, { id: late.id, position: late.position });
    assert.equal(store.chats.ensure(BOB).unread, 1);
    await deleteHistory(BOB);
    assert.equal(add(BOB).position, late.position + 1);
  });

  it("ends quietly when the store is closed meanwhile, with complete slices deleted", async () => {
    addMany(1200, BOB);
    const deleting = deleteHistory(BOB);
    store.close();
    await deleting;
    open();
    assert.equal(ids(BOB).length, 700);
    assert.equal(store.chats.ensure(BOB).unread, 700);
  });

  it("deletes messages older than the limit, also after one whose time is in the future", async () => {
    const now = Date.now();
    const day = 86_400_000;
    addAt(now - 10 * day);
    const future = addAt(now + 100 * day);
    addAt(now - 9 * day, { ...OURS, state: "failed" });
    const waiting = addAt(now - 9 * day, { ...OURS, state: "waiting" });
    for (let n = 0; n < 250; n++) addAt(now - 8 * day + n);
    const young = addAt(now - 6 * day);
    const oldAgain = addAt(now - 8 * day);
    await new Deletion({ store, chats }).deleteOlder(BOB, now - 7 * day);
    assert.deepEqual(ids(BOB), [future.id, waiting.id, young.id, oldAgain.id]);
    await new Deletion({ store, chats }).deleteOlder(BOB, now);
    assert.deepEqual(ids(BOB), [future.id, waiting.id]);
  });

  it("deletes messages that have been read or sent", async () => {
    add(BOB);
    add(BOB, "sent");
    const failed = add(BOB, "failed");
    const waiting = add(BOB, "waiting");
    store.transaction(() => chats.change(store.chats.ensure(BOB), { unread: 0, firstUnread: undefined }));
    const unread = add(BOB);
    const behind = add(BOB, "sent");
    await new Deletion({ store, chats }).deleteSeen(BOB);
    assert.deepEqual(ids(BOB), [failed.id, waiting.id, unread.id, behind.id]);
    assert.equal(store.chats.ensure(BOB).unread, 1);
    store.transaction(() => chats.change(store.chats.ensure(BOB), { unread: 0, firstUnread: undefined }));
    await new Deletion({ store, chats }).deleteSeen(BOB);
    assert.deepEqual(ids(BOB), [failed.id, waiting.id]);
  });

  it("deletes everybody's due messages, and knows after a restart when the rest are due", async () => {
    const now = Date.now();
    const expiring = (chat: ChatId, expiry: StoredMessage["expiry"]) =>
      store.transaction(() => {
        const body = { kind: "text", text: "secret" } as const;
        const message = { id: newMessageId(), author: ALICE, at: 1, body, state: "sent", expiry } as const;
        return chats.append(store.chats.ensure(chat), message).message;
      });
    expiring(BOB, { seconds: 1, due: now - 1 });
    expiring(CAROL, { seconds: 60, due: now - 60_000 });
    const later = expiring(BOB, { seconds: 60, due: now + 60_000 });
    const notYet = expiring(CAROL, { seconds: 5 });
    const plain = add(CAROL);
    assert.equal(store.expiries.next, now - 60_000);
    await new Deletion({ store, chats }).deleteDue();
    assert.deepEqual([ids(BOB), ids(CAROL)], [[later.id], [notYet.id, plain.id]]);
    assert.equal(store.expiries.next, now + 60_000);
    store.transaction(() =>
      chats.noteReceipts(store.chats.ensure(CAROL), [notYet.id], partnerOf(CAROL), "delivered"),
    );
    const started = store.messages.find(notYet.chat, notYet.id)?.expiry?.due ?? 0;
    assert.ok(started >= now + 5000, "whatever is heard of it first says that it has left");
    store.close();
    open();
    assert.equal(store.expiries.next, started);
    assert.deepEqual(store.messages.find(later.chat, later.id)?.expiry, later.expiry);
  });

  it("starts the timer once the message is sent, and not again with later receipts", () => {
    const before = Date.now();
    const message = store.transaction(() => {
      const body = { kind: "text", text: "secret" } as const;
      const mine = { id: newMessageId(), author: ALICE, at: 1, body, state: "waiting" } as const;
      return chats.append(store.chats.ensure(BOB), { ...mine, expiry: { seconds: 60 } }).message;
    });
    const expiry = () => store.messages.find(message.chat, message.id)?.expiry;
    store.transaction(() => chats.fail(store.chats.ensure(BOB), message.id, "mailbox-full"));
    assert.deepEqual(expiry(), { seconds: 60 });
    store.transaction(() => chats.noteSent(store.chats.ensure(BOB), message.id));
    const due = expiry()?.due ?? 0;
    assert.ok(due >= before + 60_000 && due <= Date.now() + 60_000);
    store.transaction(() =>
      chats.noteReceipts(store.chats.ensure(BOB), [message.id], partnerOf(BOB), "delivered"),
    );
    assert.equal(expiry()?.due, due);
  });

  it("forgets, with a transaction that is rolled back, the deletions that it planned", () => {
    const due = Date.now() + 1000;
    const message = addAt(1, { expiry: { seconds: 1, due } });
    assert.throws(() =>
      store.transaction(() => {
        chats.remove(store.chats.ensure(BOB), [message], "drop");
        assert.equal(store.expiries.next, Number.POSITIVE_INFINITY);
        throw new Error("no");
      }),
    );
    assert.equal(store.expiries.next, due);
    assert.deepEqual(removed, []);
  });

  it("leaves none of the sealed bytes in any file", async () => {
    for (let n = 0; n < 50; n++) add(n % 2 === 0 ? BOB : CAROL);
    store.close();
    const raw = new DatabaseSync(join(folder.path, "parley.db"));
    const bodies = raw
      .prepare("SELECT position, body FROM message ORDER BY position")
      .all()
      .map(({ position, body }) => ({ position: Number(position), body: Buffer.from(body as Uint8Array) }));
    raw.close();
    open();
    const bobs = new Set(
      store.messages.page(store.chats.ensure(BOB).number, { limit: 100 }).map(({ position }) => position),
    );
    add(BOB);
    const onDisk = () => {
      const files = folder.bytes();
      return bodies.filter(({ body }) => files.includes(body)).map(({ position }) => position);
    };
    assert.equal(onDisk().length, 50);
    await deleteHistory(BOB);
    assert.deepEqual(
      onDisk(),
      bodies.map(({ position }) => position).filter((position) => !bobs.has(position)),
    );
  });

  it("forgets changes whose target has not come in time, and no others", async () => {
    const change = (target: string) =>
      ({ kind: "edit", target: target as MessageId, revision: 1, text: "never seen" }) as const;
    const [old, young] = [
      addAt(1_000, { body: change("1".repeat(32)) }),
      addAt(5_000, { body: change("2".repeat(32)) }),
    ];
    const said = addAt(1_000);
    await new Deletion({ store, chats }).deleteStaleChanges(BOB, 3_000);
    const left = [old, young, said].map(({ chat, id }) => store.messages.find(chat, id) !== undefined);
    assert.deepEqual(left, [false, true, true]);
  });
});
