import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../../protocol/errors.ts";
import { type ConversationId, newConversationId, newMessageId } from "../../protocol/names.ts";
import { DATABASE_KEY_BYTES } from "./seal.ts";
import { BOB, CAROL, StoreFolder, say, WITH_BOB, WITH_CAROL } from "./store-fixture.ts";

describe("store", () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.remove());

  it("gives back the stored values, after closing too", () => {
    const { store } = folder.open();
    const conversation = newConversationId();
    const key = randomBytes(32);
    const written = store.transaction(() => {
      const chat = store.chats.ensure(WITH_BOB);
      store.conversations.put(chat.number, conversation, Buffer.from("mls state"));
      store.outbox.add(chat.number, conversation, {
        verb: "message",
        id: newMessageId(),
        sealed: Buffer.from("sealed"),
      });
      store.outbox.add(chat.number, conversation, { verb: "notify", reason: "closed" });
      store.contacts.put(BOB, { identityKey: key, verified: true, changedTo: undefined });
      return store.chats.put({
        ...chat,
        phase: "establishing",
        unread: 3,
        firstUnread: { id: newMessageId(), position: 9 },
        draft: "not yet sent \u{1f642}",
        group: {
          pending: conversation,
          joining: { keyPackage: Buffer.from("kp"), secret: Buffer.from("secret") },
        },
      });
    });
    const said = say(store, "hello");
    store.close();

    const { store: again, setAside } = folder.open();
    assert.equal(setAside, undefined);
    const chat = again.chats.get(WITH_BOB);
    const contact = again.contacts.get(BOB);
    assert.ok(chat && contact);
    assert.deepEqual(Buffer.from(contact.identityKey ?? []), key);
    assert.equal(contact.verified, true);
    assert.equal(chat.draft, written.draft);
    assert.deepEqual(chat.firstUnread, written.firstUnread);
    assert.equal(Buffer.from(chat.group.joining?.secret ?? []).toString(), "secret");
    assert.equal(again.conversations.chatOf(conversation), chat.number);
    assert.equal(Buffer.from(again.conversations.get(conversation) ?? []).toString(), "mls state");
    assert.deepEqual(
      again.outbox.all(chat.number).map((entry) => entry.outgoing.verb),
      ["message", "notify"],
    );
    assert.deepEqual(again.messages.page(chat.number, { limit: 5 }), [{ ...said, failure: undefined }]);
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
      const chat = store.chats.ensure(WITH_BOB);
      store.chats.put({ ...chat, draft: "a secret draft" });
      store.contacts.put(BOB, { verified: true });
      store.conversations.put(chat.number, conversation, Buffer.from("bob-the-builder in MLS"));
      store.outbox.add(chat.number, conversation, {
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
      const { number } = store.chats.ensure(WITH_CAROL);
      store.outbox.add(number, newConversationId(), { verb: "refuse" });
      image = folder.crashImage();
    });
    assert.ok(image);
    const { store: after } = image.open();
    const bob = after.chats.get(WITH_BOB);
    assert.ok(bob);
    assert.deepEqual(
      after.messages.page(bob.number, { limit: 5 }).map((m) => m.body),
      [{ kind: "text", text: "kept" }],
    );
    assert.equal(after.chats.get(WITH_CAROL), undefined);
    assert.deepEqual(after.outbox.chats(), []);
  });

  it("forgets, in memory too, the writes of a failed transaction", () => {
    const { store } = folder.open();
    say(store, "first");
    const outcomes: string[] = [];
    store.onOutcome((outcome) => outcomes.push(outcome));
    assert.throws(
      () =>
        store.transaction(() => {
          store.chats.ensure(WITH_CAROL);
          store.contacts.put(CAROL, { verified: false });
          store.chats.put({ ...store.chats.ensure(WITH_BOB), draft: "lost", group: { lost: true } });
          throw new Error("no");
        }),
      /no/,
    );
    assert.deepEqual([store.chats.get(WITH_CAROL), store.contacts.get(CAROL)], [undefined, undefined]);
    assert.deepEqual(store.chats.get(WITH_BOB)?.draft, "");
    assert.equal(store.chats.get(WITH_BOB)?.group.lost, undefined);
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
        raw.exec("UPDATE chat SET record = zeroblob(80)");
        raw.close();
      },
      "a name of another row": (path) => {
        const raw = new DatabaseSync(path);
        raw.exec("UPDATE person SET name = (SELECT name FROM person ORDER BY id LIMIT 1)");
        raw.close();
      },
      "a record of another table": (path) => {
        const raw = new DatabaseSync(path);
        raw.exec("UPDATE chat SET record = (SELECT record FROM contact)");
        raw.close();
      },
    };
    for (const [what, damage] of Object.entries(damages)) {
      const victim = folder.another();
      const { store } = victim.open();
      say(store, "hello");
      store.transaction(() => store.contacts.put(BOB, { verified: true }));
      store.close();
      const path = join(victim.path, "parley.db");
      damage(path);
      const damaged = readFileSync(path);
      const { store: fresh, setAside } = victim.open();
      assert.ok(setAside, what);
      assert.deepEqual(readFileSync(setAside), damaged, what);
      assert.equal(fresh.chats.get(WITH_BOB), undefined, what);
      say(fresh, "again");
    }
  });

  it("sets aside a file whose key is lost, and never overwrites it", () => {
    const { store } = folder.open();
    say(store, "hello");
    store.close();
    const before = readFileSync(join(folder.path, "parley.db"));
    const { store: fresh, setAside } = folder.open(randomBytes(DATABASE_KEY_BYTES));
    assert.equal(fresh.chats.get(WITH_BOB), undefined);
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

  it("has only the conversations that were put into it", () => {
    const { store } = folder.open();
    assert.equal(store.conversations.get("0".repeat(32) as ConversationId), undefined);
    assert.equal(store.conversations.chatOf("0".repeat(32) as ConversationId), undefined);
  });
});
