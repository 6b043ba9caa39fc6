import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { newMessageId, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import type { ChatNumber } from "./numbers.ts";
import { positionAt } from "./position-at.ts";
import { ALICE, BOB, CAROL, StoreFolder, say, WITH_BOB, WITH_CAROL } from "./store-fixture.ts";

describe("stored messages", () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.remove());

  it("keeps a receipt for each receiver of a message", () => {
    const { store } = folder.open();
    const said = store.transaction(() =>
      store.messages.add({
        chat: store.chats.ensure(WITH_BOB).number,
        id: newMessageId(),
        ...{ author: ALICE, receivers: [{ person: BOB }, { person: CAROL }] },
        ...{ at: 1, storedAt: 1, body: { kind: "text", text: "to both" }, state: "sent" },
      }),
    );
    const noted = store.transaction(() => store.messages.setReceipt(said, CAROL, "read"));
    store.close();
    const { store: again } = folder.open();
    const found = again.messages.find(said.chat, said.id);
    assert.deepEqual(found?.receivers, [
      { person: BOB, receipt: undefined },
      { person: CAROL, receipt: "read" },
    ]);
    assert.deepEqual(
      noted.receivers?.map(({ receipt }) => receipt),
      [undefined, "read"],
    );
    again.transaction(() => again.deletions.remove(said.chat, [said], "drop"));
    again.close();
    const raw = new DatabaseSync(join(folder.path, "parley.db"));
    assert.equal(raw.prepare("SELECT count(*) AS count FROM receiver").get()?.["count"], 0);
    raw.close();
  });

  it("shows one damaged message as such, and the rest normally", () => {
    const { store } = folder.open();
    const texts = ["one", "two", "three"];
    for (const text of texts) say(store, text);
    store.close();
    const raw = new DatabaseSync(join(folder.path, "parley.db"));
    raw.exec("UPDATE message SET body = (SELECT body FROM message WHERE position = 1) WHERE position = 2");
    raw.close();
    const { store: again } = folder.open();
    const bob = again.chats.get(WITH_BOB);
    assert.ok(bob);
    assert.deepEqual(
      again.messages
        .page(bob.number, { limit: 5 })
        .map(({ body }) => (body.kind === "text" ? body.text : body)),
      ["one", { kind: "event", event: "undecryptable" }, "three"],
    );
  });

  it("shows no message under another author, nor in another chat", () => {
    for (const edit of ["author = (SELECT author FROM message WHERE position = 2)", "chat = 2"]) {
      const victim = folder.another();
      const { store } = victim.open();
      const { id } = say(store, "mine");
      store.transaction(() => {
        const body = { kind: "text", text: "theirs" } as const;
        const chat = store.chats.ensure(WITH_BOB).number;
        store.messages.add({ chat, id: newMessageId(), author: BOB, at: 1, storedAt: 1, body });
        store.chats.ensure(WITH_CAROL);
      });
      store.close();
      const raw = new DatabaseSync(join(victim.path, "parley.db"));
      raw.exec(`UPDATE message SET ${edit} WHERE position = 1`);
      raw.close();
      const { store: again } = victim.open();
      const [found] = [WITH_BOB, WITH_CAROL].flatMap(
        (chat) => again.messages.find(again.chats.ensure(chat).number, id) ?? [],
      );
      assert.deepEqual(
        [found?.author, found?.body],
        [undefined, { kind: "event", event: "undecryptable" }],
        edit,
      );
    }
  });

  it("shows a message whose id is damaged, and sends no receipt for it", () => {
    const { store } = folder.open();
    const id = newMessageId();
    store.transaction(() => {
      const message = {
        chat: store.chats.ensure(WITH_BOB).number,
        author: BOB,
        at: 1,
        storedAt: 1,
        body: { kind: "text", text: "x" },
      } as const;
      const expiry = { seconds: 60, due: 9 };
      const damaged = newMessageId();
      store.messages.add({ ...message, id: damaged, expiry });
      store.received.note(message.chat, damaged, "owed");
      store.messages.add({ ...message, id });
      store.received.note(message.chat, id, "owed");
    });
    store.close();
    const raw = new DatabaseSync(join(folder.path, "parley.db"));
    raw.exec(
      "UPDATE received SET id = x'01' WHERE id = (SELECT id FROM message WHERE position = 1); UPDATE message SET id = x'01' WHERE position = 1",
    );
    raw.close();
    const { store: again, setAside } = folder.open();
    assert.equal(setAside, undefined);
    const chat = again.chats.ensure(WITH_BOB).number;
    assert.deepEqual(
      again.messages.page(chat, { limit: 5 }).map((message) => message.id.length),
      [32, 32],
    );
    assert.deepEqual(again.received.owing(chat, "delivered", 9), [id]);
    assert.deepEqual([...again.received.owedChats()], [chat]);
    again.transaction(() => again.received.settleOwed(chat, [id], "delivered"));
    assert.deepEqual([...again.received.owedChats()], []);
  });

  it("pages backwards through one chat's messages without gaps or repeats", () => {
    const { store } = folder.open();
    for (let n = 0; n < 25; n++) {
      say(store, `b${n}`);
      say(store, `c${n}`, CAROL);
    }
    const bob = store.chats.ensure(WITH_BOB);
    const seen: string[] = [];
    let before: number | undefined;
    for (;;) {
      const page = store.messages.page(bob.number, { limit: 10, before });
      if (page.length === 0) break;
      seen.unshift(...page.map(({ body }) => (body.kind === "text" ? body.text : "?")));
      before = page[0]?.position;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, n) => `b${n}`),
    );
  });

  it("pages forwards with the same result as backwards", () => {
    const { store } = folder.open();
    for (let n = 0; n < 25; n++) for (const name of [BOB, CAROL]) say(store, `${n}`, name);
    const bob = store.chats.ensure(WITH_BOB);
    const all = store.messages.page(bob.number, { limit: 100 });
    const seen = [];
    let after = 0;
    for (;;) {
      const page = store.messages.page(bob.number, { limit: 7, after });
      if (page.length === 0) break;
      seen.push(...page);
      after = page.at(-1)?.position ?? 0;
    }
    assert.equal(all.length, 25);
    assert.deepEqual(seen, all);
    assert.deepEqual(store.messages.page(bob.number, { limit: 2, after: 0 }), all.slice(0, 2));
  });

  it("remembers the ids of each chat's last thousand signals, and of all other messages", () => {
    const { store } = folder.open();
    const { received } = store;
    const ids = Array.from({ length: 2_500 }, newMessageId);
    const [bob, carol, kept] = store.transaction(() => {
      const [bob, carol] = [store.chats.ensure(WITH_BOB).number, store.chats.ensure(WITH_CAROL).number];
      const kept = newMessageId();
      received.note(bob, kept, "never");
      received.noteUnshown(carol, kept, "never");
      for (const id of ids) received.noteUnshown(bob, id, "never");
      return [bob, carol, kept];
    });
    assert.deepEqual(
      ids.filter((id) => received.has(bob, id)),
      ids.slice(-1_000),
    );
    assert.ok(received.has(bob, kept) && received.has(carol, kept));
  });

  it("finds the first message of a time, also between writes of others", () => {
    const { store } = folder.open();
    const bob = store.transaction(() => store.chats.ensure(WITH_BOB));
    const carol = store.transaction(() => store.chats.ensure(WITH_CAROL));
    assert.equal(positionAt(store.messages, bob.number, 0), undefined);
    const add = (chat: ChatNumber, at: number) =>
      store.messages.add({
        chat,
        id: newMessageId(),
        author: BOB,
        at,
        storedAt: at,
        body: { kind: "text", text: "" },
      });
    const times = store.transaction(() =>
      Array.from({ length: 40 }, (_, n) => {
        for (let others = 0; others < n % 4; others++) add(carol.number, 1);
        return add(bob.number, 1000 + Math.floor(n / 3) * 10);
      }),
    );
    for (let at = 990; at < 1150; at++)
      assert.equal(
        positionAt(store.messages, bob.number, at),
        times.find((message) => message.at >= at)?.position,
        String(at),
      );
  });

  it("finds the first message of a time when clocks differed, and after deletions", () => {
    const { store } = folder.open();
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(39), { maxLength: 20 }),
        (times, gone) => {
          const somebody = username(`p${randomBytes(8).toString("hex")}`);
          const chat = store.transaction(() => store.chats.ensure(directChat(somebody)).number);
          const write = (all: readonly number[]) =>
            store.transaction(() =>
              all.map((at) =>
                store.messages.add({
                  chat,
                  id: newMessageId(),
                  author: somebody,
                  at,
                  storedAt: at,
                  body: { kind: "text", text: "" },
                }),
              ),
            );
          const written = write(times);
          store.transaction(() =>
            store.deletions.remove(
              chat,
              written.filter((_, index) => gone.includes(index)),
              "drop",
            ),
          );
          write(times.slice(0, 3));
          const all = store.messages.page(chat, { limit: 100 });
          for (let at = 0; at < 52; at++)
            assert.equal(
              positionAt(store.messages, chat, at),
              all.find((message) => message.at >= at)?.position,
              String(at),
            );
        },
      ),
      { numRuns: 50 },
    );
  });

  it("lists the messages that it owes receipts for, until the receipt is in the outbox", () => {
    const { store } = folder.open();
    const add = () =>
      store.transaction(() => {
        const chat = store.chats.ensure(WITH_BOB).number;
        const id = newMessageId();
        const body = { kind: "text", text: "x" } as const;
        store.received.note(chat, id, "owed");
        return store.messages.add({ chat, id, author: BOB, at: 1, storedAt: 1, body });
      });
    const [one, two] = [add(), add()];
    const { chat } = one;
    assert.deepEqual([...store.received.owing(chat, "delivered", 9)].sort(), [one.id, two.id].sort());
    store.transaction(() => store.received.oweRead(chat, two.position));
    assert.deepEqual(store.received.owing(chat, "delivered", 9), [one.id]);
    assert.deepEqual(store.received.owing(chat, "read", 9), [two.id]);
    store.transaction(() => store.received.settleOwed(chat, [one.id, two.id], "delivered"));
    assert.deepEqual(store.received.owedChats(), [chat]);
    store.transaction(() => store.received.settleOwed(chat, [two.id], "read"));
    assert.deepEqual(store.received.owedChats(), []);
  });
});
