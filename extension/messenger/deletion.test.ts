import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newMessageId, type Username, username } from "../../protocol/names.ts";
import { Chats } from "./chats.ts";
import { Deletion } from "./deletion.ts";
import type { MessengerEvents } from "./model.ts";
import { News } from "./news.ts";
import type { StoredMessage } from "./store/messages.ts";
import { StoreFolder } from "./store/store.fixture.ts";
import type { Store } from "./store/store.ts";

const BOB = username("bob");
const CAROL = username("carol");

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
    const fail = (text: string) => assert.fail(text);
    chats = new Chats(
      emitter,
      store,
      new News(emitter, store, { info: fail, warn: fail, error: fail, debug: fail }),
    );
  }
  function add(name: Username, state?: "waiting" | "sent" | "failed"): StoredMessage {
    return addMany(1, name, state)[0] ?? assert.fail();
  }
  function addMany(count: number, name: Username, state?: "waiting" | "sent" | "failed"): StoredMessage[] {
    const origin = state === undefined ? "theirs" : "mine";
    const body = { kind: "text", text: "said" } as const;
    return store.transaction(() =>
      Array.from(
        { length: count },
        () => chats.add(store.peers.ensure(name), { id: newMessageId(), origin, at: 1, body, state }).message,
      ),
    );
  }
  const ids = (name: Username) =>
    store.messages.page(store.peers.ensure(name).id, { limit: 10_000 }).map(({ id }) => id);
  const deleteHistory = (name: Username) => new Deletion({ store, chats }).deleteHistory(name);

  it("takes all of one chat, however long, and nothing of another", async () => {
    const bobs = addMany(1234, BOB).map(({ id }) => id);
    const carols = [add(CAROL).id, add(CAROL, "sent").id];
    store.transaction(() => chats.change(store.peers.ensure(BOB), { draft: "half a sentence" }));
    await deleteHistory(BOB);
    assert.deepEqual(ids(BOB), []);
    assert.deepEqual(ids(CAROL), carols);
    assert.deepEqual(
      removed.flatMap(({ peer, ids }) => (peer === BOB ? ids : [])),
      bobs,
    );
    const { unread, firstUnread, draft, lastActivity } = store.peers.ensure(BOB).chat;
    assert.deepEqual([unread, firstUnread, draft, lastActivity], [0, undefined, "", 0]);
    assert.equal(store.peers.ensure(CAROL).chat.unread, 1);
  });

  it("keeps what still waits to leave, so that it cannot fail unseen", async () => {
    add(BOB, "sent");
    const waiting = add(BOB, "waiting");
    add(BOB, "failed");
    await deleteHistory(BOB);
    assert.deepEqual(ids(BOB), [waiting.id]);
    assert.notEqual(store.peers.ensure(BOB).chat.lastActivity, 0);
  });

  it("does not take what comes meanwhile, and never gives a position twice", async () => {
    addMany(600, BOB);
    const deleting = deleteHistory(BOB);
    const late = add(BOB);
    await deleting;
    assert.deepEqual(ids(BOB), [late.id]);
    assert.deepEqual(store.peers.ensure(BOB).chat.firstUnread, { id: late.id, position: late.position });
    assert.equal(store.peers.ensure(BOB).chat.unread, 1);
    await deleteHistory(BOB);
    assert.equal(add(BOB).position, late.position + 1);
  });

  it("ends quietly when the store is closed meanwhile, with whole slices gone", async () => {
    addMany(1200, BOB);
    const deleting = deleteHistory(BOB);
    store.close();
    await deleting;
    open();
    assert.equal(ids(BOB).length, 700);
    assert.equal(store.peers.ensure(BOB).chat.unread, 700);
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
      store.messages.page(store.peers.ensure(BOB).id, { limit: 100 }).map(({ position }) => position),
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
});
