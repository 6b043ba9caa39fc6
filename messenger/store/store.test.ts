import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { UsageError } from "../../protocol/errors.ts";
import { type ConversationId, newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { DATABASE_KEY_BYTES } from "./seal.ts";
import type { Store } from "./store.ts";
import { StoreFolder } from "./store-fixture.ts";

const BOB = username("bob-the-builder");
const CAROL = username("carol");

describe("store", () => {
  let folder: StoreFolder;
  let images: StoreFolder[];
  beforeEach(() => {
    folder = new StoreFolder();
    images = [];
  });
  afterEach(() => {
    for (const used of [folder, ...images]) used.remove();
  });

  function say(store: Store, text: string, name = BOB) {
    return store.transaction(() => {
      const peer = store.peers.ensure(name);
      const body = { kind: "text", text } as const;
      const message = {
        peerId: peer.id,
        id: newMessageId(),
        origin: "mine",
        at: 1234,
        storedAt: 1234,
        body,
        state: "waiting",
      } as const;
      return store.messages.add(message);
    });
  }

  it("gives back the stored values, after closing too", () => {
    const { store } = folder.open();
    const conversation = newConversationId();
    const key = randomBytes(32);
    const written = store.transaction(() => {
      const peer = store.peers.ensure(BOB);
      store.conversations.put(peer.id, conversation, Buffer.from("mls state"));
      store.outbox.add(peer.id, conversation, {
        verb: "message",
        id: newMessageId(),
        sealed: Buffer.from("sealed"),
      });
      store.outbox.add(peer.id, conversation, { verb: "notify", reason: "closed" });
      return store.peers.put({
        ...peer,
        contact: { identityKey: key, verified: true, changedTo: undefined },
        chat: {
          ...peer.chat,
          phase: "establishing",
          pending: conversation,
          joining: { keyPackage: Buffer.from("kp"), secret: Buffer.from("secret") },
          unread: 3,
          firstUnread: { id: newMessageId(), position: 9 },
          draft: "not yet sent \u{1f642}",
        },
      });
    });
    const said = say(store, "hello");
    store.close();

    const { store: again, setAside } = folder.open();
    assert.equal(setAside, undefined);
    const peer = again.peers.get(BOB);
    assert.ok(peer);
    assert.deepEqual(Buffer.from(peer.contact.identityKey ?? []), key);
    assert.equal(peer.contact.verified, true);
    assert.equal(peer.chat.draft, written.chat.draft);
    assert.deepEqual(peer.chat.firstUnread, written.chat.firstUnread);
    assert.equal(Buffer.from(peer.chat.joining?.secret ?? []).toString(), "secret");
    assert.equal(again.conversations.peerIdOf(conversation), peer.id);
    assert.equal(Buffer.from(again.conversations.get(conversation) ?? []).toString(), "mls state");
    assert.deepEqual(
      again.outbox.all(peer.id).map((entry) => entry.outgoing.verb),
      ["message", "notify"],
    );
    assert.deepEqual(again.messages.page(peer.id, { limit: 5 }), [{ ...said, failure: undefined }]);
  });

  it("gives only the owner access to its files", function () {
    if (process.platform === "win32") this.skip();
    say(folder.open().store, "hello");
    assert.equal(statSync(folder.path).mode & 0o777, 0o700);
    for (const file of readdirSync(folder.path))
      assert.equal(statSync(join(folder.path, file)).mode & 0o777, 0o600, file);
  });

  it("shows nothing readable in any byte of its files", () => {
    const { store } = folder.open();
    const conversation = newConversationId();
    store.settings.set("account", JSON.stringify({ name: "alice-in-chains", host: "chat.example.org" }));
    store.transaction(() => {
      const peer = store.peers.ensure(BOB);
      store.peers.put({ ...peer, chat: { ...peer.chat, draft: "a secret draft" } });
      store.conversations.put(peer.id, conversation, Buffer.from("bob-the-builder in MLS"));
      store.outbox.add(peer.id, conversation, {
        verb: "accept",
        keyPackage: Buffer.from("alice-in-chains KeyPackage"),
      });
    });
    say(store, "meet me at the old mill");
    const known = ["bob-the", "alice-in", "example.org", "old mill", "secret draft", "in MLS", "KeyPackage"];
    const search = (when: string) => {
      const haystack = folder.bytes();
      for (const text of known) {
        assert.ok(!haystack.includes(text), `${text}, ${when}`);
        assert.ok(!haystack.includes(Buffer.from(text, "utf16le")), `${text} in UTF-16, ${when}`);
        assert.ok(
          !haystack.includes(Buffer.from(text).toString("base64").slice(1, 10)),
          `${text} in base64, ${when}`,
        );
      }
      assert.ok(haystack.length > 10_000);
    };
    search("while open");
    store.close();
    search("after closing");
  });

  it("keeps, after a crash, the writes of a finished transaction, and nothing of an unfinished one", () => {
    const { store } = folder.open();
    say(store, "kept");
    let image: StoreFolder | undefined;
    store.transaction(() => {
      const peer = store.peers.ensure(CAROL);
      store.outbox.add(peer.id, newConversationId(), { verb: "refuse" });
      image = folder.crashImage();
    });
    assert.ok(image);
    images.push(image);
    const { store: after } = image.open();
    const bob = after.peers.get(BOB);
    assert.ok(bob);
    assert.deepEqual(
      after.messages.page(bob.id, { limit: 5 }).map((m) => m.body),
      [{ kind: "text", text: "kept" }],
    );
    assert.equal(after.peers.get(CAROL), undefined);
    assert.deepEqual(after.outbox.peerIds(), []);
  });

  it("forgets, in memory too, the writes of a failed transaction", () => {
    const { store } = folder.open();
    say(store, "first");
    const outcomes: string[] = [];
    store.onOutcome((outcome) => outcomes.push(outcome));
    assert.throws(
      () =>
        store.transaction(() => {
          store.peers.ensure(CAROL);
          const bob = store.peers.ensure(BOB);
          store.peers.put({ ...bob, chat: { ...bob.chat, draft: "lost" } });
          throw new Error("no");
        }),
      /no/,
    );
    assert.equal(store.peers.get(CAROL), undefined);
    assert.equal(store.peers.get(BOB)?.chat.draft, "");
    assert.deepEqual(outcomes, ["undone"]);
  });

  it("can be opened once at a time", () => {
    const { store } = folder.open();
    assert.throws(
      () => folder.open(),
      (error) => error instanceof UsageError && error.code === "in-use",
    );
    store.close();
    folder.open();
  });

  it("sets a damaged file aside unchanged, and starts empty", () => {
    const damages: Record<string, (path: string) => void> = {
      "no database": (path) => writeFileSync(path, Buffer.alloc(9000, 7)),
      "a torn first page": (path) =>
        writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, 100), Buffer.alloc(8000)])),
      "a changed row": (path) => {
        const raw = new DatabaseSync(path);
        raw.exec("UPDATE peer SET chat = zeroblob(80)");
        raw.close();
      },
      "swapped columns": (path) => {
        const raw = new DatabaseSync(path);
        raw.exec("UPDATE peer SET chat = contact, contact = chat");
        raw.close();
      },
    };
    for (const [what, damage] of Object.entries(damages)) {
      const victim = new StoreFolder();
      images.push(victim);
      const { store } = victim.open();
      say(store, "hello");
      store.close();
      const path = join(victim.path, "parley.db");
      damage(path);
      const damaged = readFileSync(path);
      const { store: fresh, setAside } = victim.open();
      assert.ok(setAside, what);
      assert.deepEqual(readFileSync(setAside), damaged, what);
      assert.equal(fresh.peers.get(BOB), undefined, what);
      say(fresh, "again");
    }
  });

  it("sets aside a file whose key is lost, and never overwrites it", () => {
    const { store } = folder.open();
    say(store, "hello");
    store.close();
    const before = readFileSync(join(folder.path, "parley.db"));
    const { store: fresh, setAside } = folder.open(randomBytes(DATABASE_KEY_BYTES));
    assert.equal(fresh.peers.get(BOB), undefined);
    assert.ok(setAside);
    assert.deepEqual(readFileSync(setAside), before);
  });

  it("does not change the data of a newer program", () => {
    folder.open().store.close();
    const raw = new DatabaseSync(join(folder.path, "parley.db"));
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    assert.throws(
      () => folder.open(),
      (error) => error instanceof UsageError && error.code === "wrong-state",
    );
    assert.deepEqual(
      readdirSync(folder.path).filter((file) => file.includes("damaged")),
      [],
    );
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
    const bob = again.peers.get(BOB);
    assert.ok(bob);
    assert.deepEqual(
      again.messages.page(bob.id, { limit: 5 }).map(({ body }) => (body.kind === "text" ? body.text : body)),
      ["one", { kind: "event", event: "undecryptable" }, "three"],
    );
  });

  it("shows a message whose id is damaged, and sends no receipt for it", () => {
    const { store } = folder.open();
    const id = newMessageId();
    store.transaction(() => {
      const peerId = store.peers.ensure(BOB).id;
      const message = {
        peerId,
        origin: "theirs",
        at: 1,
        storedAt: 1,
        body: { kind: "text", text: "x" },
      } as const;
      const expiry = { seconds: 60, due: 9 };
      store.messages.add({ ...message, id: newMessageId(), expiry }, "delivered");
      store.messages.add({ ...message, id }, "delivered");
    });
    store.close();
    const raw = new DatabaseSync(join(folder.path, "parley.db"));
    raw.exec("UPDATE message SET id = x'01' WHERE position = 1");
    raw.close();
    const { store: again, setAside } = folder.open();
    assert.equal(setAside, undefined);
    const peerId = again.peers.ensure(BOB).id;
    assert.deepEqual(
      again.messages.page(peerId, { limit: 5 }).map((message) => message.id.length),
      [32, 32],
    );
    assert.deepEqual(again.messages.owing(peerId, "delivered", 9), [id]);
    assert.deepEqual([...again.messages.owedPeerIds()], [peerId]);
    again.transaction(() => again.messages.settleOwed(peerId, [id], "delivered"));
    assert.deepEqual([...again.messages.owedPeerIds()], []);
  });

  it("pages backwards through one person's messages without gaps or repeats", () => {
    const { store } = folder.open();
    for (let n = 0; n < 25; n++) {
      say(store, `b${n}`);
      say(store, `c${n}`, CAROL);
    }
    const bob = store.peers.ensure(BOB);
    const seen: string[] = [];
    let before: number | undefined;
    for (;;) {
      const page = store.messages.page(bob.id, { limit: 10, before });
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
    const bob = store.peers.ensure(BOB);
    const all = store.messages.page(bob.id, { limit: 100 });
    const seen = [];
    let after = 0;
    for (;;) {
      const page = store.messages.page(bob.id, { limit: 7, after });
      if (page.length === 0) break;
      seen.push(...page);
      after = page.at(-1)?.position ?? 0;
    }
    assert.equal(all.length, 25);
    assert.deepEqual(seen, all);
    assert.deepEqual(store.messages.page(bob.id, { limit: 2, after: 0 }), all.slice(0, 2));
  });

  it("remembers the ids of each person's last thousand signals, and of all other messages", () => {
    const { store } = folder.open();
    const { messages } = store;
    const ids = Array.from({ length: 2_500 }, newMessageId);
    const [bob, carol, kept] = store.transaction(() => {
      const [bob, carol] = [store.peers.ensure(BOB).id, store.peers.ensure(CAROL).id];
      const kept = newMessageId();
      messages.noteReceived(bob, kept);
      messages.noteSignal(carol, kept);
      for (const id of ids) messages.noteSignal(bob, id);
      return [bob, carol, kept];
    });
    assert.deepEqual(
      ids.filter((id) => messages.hasReceived(bob, id)),
      ids.slice(-1_000),
    );
    assert.ok(messages.hasReceived(bob, kept) && messages.hasReceived(carol, kept));
  });

  it("finds the first message of a time, also between writes of others", () => {
    const { store } = folder.open();
    const bob = store.transaction(() => store.peers.ensure(BOB));
    const carol = store.transaction(() => store.peers.ensure(CAROL));
    assert.equal(store.messages.positionAt(bob.id, 0), undefined);
    const add = (peerId: number, at: number) =>
      store.messages.add({
        peerId,
        id: newMessageId(),
        origin: "theirs",
        at,
        storedAt: at,
        body: { kind: "text", text: "" },
      });
    const times = store.transaction(() =>
      Array.from({ length: 40 }, (_, n) => {
        for (let others = 0; others < n % 4; others++) add(carol.id, 1);
        return add(bob.id, 1000 + Math.floor(n / 3) * 10);
      }),
    );
    for (let at = 990; at < 1150; at++)
      assert.equal(
        store.messages.positionAt(bob.id, at),
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
          const peerId = store.transaction(
            () => store.peers.ensure(username(`p${randomBytes(8).toString("hex")}`)).id,
          );
          const write = (all: readonly number[]) =>
            store.transaction(() =>
              all.map((at) =>
                store.messages.add({
                  peerId,
                  id: newMessageId(),
                  origin: "theirs",
                  at,
                  storedAt: at,
                  body: { kind: "text", text: "" },
                }),
              ),
            );
          const written = write(times);
          store.transaction(() =>
            store.deletions.remove(
              peerId,
              written.filter((_, index) => gone.includes(index)),
            ),
          );
          write(times.slice(0, 3));
          const all = store.messages.page(peerId, { limit: 100 });
          for (let at = 0; at < 52; at++)
            assert.equal(
              store.messages.positionAt(peerId, at),
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
        const peer = store.peers.ensure(BOB);
        const id = newMessageId();
        const body = { kind: "text", text: "x" } as const;
        return store.messages.add(
          { peerId: peer.id, id, origin: "theirs", at: 1, storedAt: 1, body },
          "delivered",
        );
      });
    const [one, two] = [add(), add()];
    const peerId = one.peerId;
    assert.deepEqual(store.messages.owing(peerId, "delivered", 9), [one.id, two.id]);
    store.transaction(() => store.messages.oweRead(peerId, two.position));
    assert.deepEqual(store.messages.owing(peerId, "delivered", 9), [one.id]);
    assert.deepEqual(store.messages.owing(peerId, "read", 9), [two.id]);
    store.transaction(() => store.messages.settleOwed(peerId, [one.id, two.id], "delivered"));
    assert.deepEqual(store.messages.owedPeerIds(), [peerId]);
    store.transaction(() => store.messages.settleOwed(peerId, [two.id], "read"));
    assert.deepEqual(store.messages.owedPeerIds(), []);
  });

  it("has only the conversations that were put into it", () => {
    const { store } = folder.open();
    assert.equal(store.conversations.get("0".repeat(32) as ConversationId), undefined);
    assert.equal(store.conversations.peerIdOf("0".repeat(32) as ConversationId), undefined);
  });
});
