import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { newConversationId, newMessageId, type Username, username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { allAtOnce } from "../gateway/pieces.ts";
import type { Conversation } from "../routing/rules.ts";
import type { Store } from "./store.ts";
import { letter, TemporaryStore, waitingFor } from "./store-fixture.ts";

const alice = username("alice");
const bob = username("bob");
const carol = username("carol");
const key = (fill: number) => new Uint8Array(32).fill(fill);
const bytes = (mail: readonly { body: Uint8Array }[]) => mail.map((one) => Buffer.from(one.body).toString());

describe("store", () => {
  let files: TemporaryStore;
  let store: Store;
  beforeEach(() => {
    files = new TemporaryStore();
    store = files.open();
    for (const [at, name] of [alice, bob, carol].entries()) store.directory.enrol(name, key(at), 1000);
  });
  afterEach(() => files.remove());

  describe("directory", () => {
    it("keeps members across a restart", () => {
      store.directory.seen(alice, 2000);
      store.close();
      const member = files.open().directory.find(alice);
      assert.deepEqual(member, {
        name: alice,
        identityKey: key(0),
        enrolledAt: 1000,
        lastSeenAt: 2000,
        online: false,
        revokedAt: undefined,
        invitedBy: undefined,
      });
    });

    it("revokes a member once; a new enrolment reverts that with a new key", () => {
      assert.equal(store.directory.revoke(bob, 3000), true);
      assert.equal(store.directory.revoke(bob, 3001), false);
      assert.equal(store.directory.revoke(username("nobody"), 3000), false);
      assert.equal(store.directory.find(bob)?.revokedAt, 3000);
      store.directory.enrol(bob, key(9), 4000);
      assert.deepEqual(store.directory.find(bob)?.identityKey, key(9));
      assert.equal(store.directory.find(bob)?.revokedAt, undefined);
      assert.deepEqual(
        store.directory.list().map((one) => one.name),
        [alice, bob, carol],
      );
    });

    it("counts its members over any history, undone writes and another program's included", async () => {
      const other = files.open();
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              name: fc.constantFrom(...["dave", "erin", "frank"].map((name) => username(name))),
              how: fc.constantFrom("enrol", "revoke", "enrol undone", "revoke undone", "revoke elsewhere"),
            }),
            { maxLength: 12 },
          ),
          async (history) => {
            for (const { name, how } of history) {
              const write = ({ directory }: typeof store) =>
                how.startsWith("enrol") ? directory.enrol(name, key(4), 1000) : directory.revoke(name, 2000);
              if (how.endsWith("undone"))
                assert.throws(() =>
                  store.atomically(() => {
                    write(store);
                    throw new Error("on purpose");
                  }),
                );
              else write(how.endsWith("elsewhere") ? other : store);
              const members = () => store.directory.list().filter((one) => one.revokedAt === undefined);
              if (how.endsWith("elsewhere")) await other.committed();
              assert.equal(store.directory.count(), members().length);
              await store.committed();
            }
          },
        ),
      );
    });
  });

  describe("invites", () => {
    it("count down to zero, and not after they expire", () => {
      const token = randomBytes(20);
      store.invites.add(token, { uses: 2, expiresAt: 5000, createdBy: alice });
      assert.equal(store.invites.countUnused(alice), 1);
      assert.equal(store.invites.spend(token, 5000), false);
      assert.equal(store.invites.spend(token, 4999), true);
      assert.equal(store.invites.spend(token, 4999), true);
      assert.equal(store.invites.spend(token, 4999), false);
      assert.deepEqual(store.invites.find(token), { uses: 0, expiresAt: 5000, createdBy: alice });
      assert.equal(store.invites.countUnused(alice), 0);
      allAtOnce(store.invites.purge(5001));
      assert.equal(store.invites.find(token), undefined);
    });

    it("are not stored in clear", async () => {
      const token = randomBytes(20);
      store.invites.add(token, { uses: 1, expiresAt: 5000 });
      await store.committed();
      store.close();
      assert.equal(readFileSync(files.path).includes(token), false);
    });
  });

  describe("conversations", () => {
    const talk: Conversation = {
      id: newConversationId(),
      requester: alice,
      addressee: bob,
      stage: "requested",
      digest: "d",
      epoch: 1,
    };

    it("are found by id, by pair in either order, and by person", () => {
      store.conversations.put(talk, 1000);
      assert.deepEqual(store.conversations.find(talk.id), talk);
      assert.deepEqual(store.conversations.between(bob, alice), [talk]);
      assert.deepEqual(store.conversations.between(alice, carol), []);
      assert.deepEqual(store.conversations.of(bob), [talk]);
      store.conversations.put({ ...talk, stage: "accepted" }, 1001);
      assert.equal(store.conversations.find(talk.id)?.stage, "accepted");
      const later: Conversation = { ...talk, stage: "established", epoch: 7, lastCommit: newMessageId() };
      store.conversations.put(later, 1002);
      assert.deepEqual(store.conversations.find(talk.id), later);
      store.conversations.remove(talk.id);
      assert.equal(store.conversations.find(talk.id), undefined);
    });

    it("expire only while they are not a session", () => {
      const session: Conversation = { ...talk, id: newConversationId(), stage: "established" };
      store.conversations.put(talk, 1000);
      store.conversations.put(session, 1000);
      allAtOnce(store.conversations.purge(1001));
      assert.deepEqual(store.conversations.of(alice), [session]);
    });

    it("are listed in pages", () => {
      store.conversations.put(talk, 1000);
      store.conversations.put({ ...talk, id: newConversationId() }, 1000);
      assert.equal(store.conversations.of(bob, 1).length, 1);
      assert.equal(store.conversations.of(bob).length, 2);
    });
  });

  describe("mailbox", () => {
    it("keeps the order of places, not of insertion, across a restart", () => {
      const first = letter(store, bob, { body: Buffer.from("1") });
      const second = letter(store, bob, { body: Buffer.from("2") });
      const third = letter(store, bob, { body: Buffer.from("3") });
      for (const mail of [second, third, first]) store.mailbox.put(mail, 1000);
      store.mailbox.put(letter(store, carol), 1000);
      store.close();
      const again = files.open();
      assert.deepEqual(bytes(waitingFor(again, bob)), ["1", "2", "3"]);
      assert.deepEqual(bytes(again.mailbox.after(bob, first.sender, first.place, 1)), ["2"]);
      assert.ok(again.mailbox.nextPlace() > third.place);
    });

    it("keeps a message once, however often it is sent", () => {
      const sent = letter(store, bob);
      for (let retry = 0; retry < 5; retry++)
        store.mailbox.put({ ...sent, place: store.mailbox.nextPlace() }, 1000);
      assert.equal(waitingFor(store, bob).length, 1);
      // The same id in another conversation is another message.
      store.mailbox.put(letter(store, bob, { message: sent.message ?? newMessageId() }), 1000);
      assert.equal(waitingFor(store, bob).length, 2);
    });

    it("deletes an answered request, and nothing else of that conversation", () => {
      const conversation = newConversationId();
      store.mailbox.put(letter(store, bob, { conversation, opcode: Opcode.RTT }), 1000);
      store.mailbox.put(letter(store, bob, { conversation, opcode: Opcode.NOTIFY }), 1000);
      store.mailbox.put(letter(store, bob, { opcode: Opcode.RTT }), 1000);
      store.mailbox.removeRequest(conversation);
      assert.deepEqual(
        waitingFor(store, bob).map((one) => one.opcode),
        [Opcode.NOTIFY, Opcode.RTT],
      );
    });
  });

  describe("established conversations of a person", () => {
    const put = (requester: Username, addressee: Username, stage: Conversation["stage"] = "established") => {
      const id = newConversationId();
      store.conversations.put({ id, requester, addressee, stage, digest: "d", epoch: 1 }, 1000);
      return id;
    };

    it("are listed in order, page by page, and include nobody else's", () => {
      const dave = username("dave");
      const ids = [put(alice, bob), put(carol, alice), put(dave, alice), put(alice, dave)].toSorted();
      put(bob, carol);
      put(alice, carol, "requested");
      put(bob, alice, "accepted");
      assert.deepEqual(store.conversations.established(alice, undefined, 10), ids);
      assert.deepEqual(store.conversations.established(alice, undefined, 3), ids.slice(0, 3));
      assert.deepEqual(store.conversations.established(alice, ids[2], 3), ids.slice(3));
      assert.deepEqual(store.conversations.established(alice, ids[3], 3), []);
      assert.deepEqual(store.conversations.established(username("nobody"), undefined, 10), []);
    });

    it("leave out people whom they block, and include people who block them", () => {
      const [withBob, withCarol] = [put(alice, bob), put(carol, alice)];
      store.blocks.add(alice, bob);
      assert.deepEqual(store.conversations.established(alice, undefined, 10), [withCarol]);
      assert.deepEqual(store.conversations.established(bob, undefined, 10), [withBob]);
      store.blocks.remove(alice, bob);
      assert.equal(store.conversations.established(alice, undefined, 10).length, 2);
    });
  });

  describe("blocks", () => {
    it("are read once from either side, then remembered", () => {
      store.blocks.add(alice, bob);
      assert.equal(store.blocks.of(bob), store.blocks.of(bob));
      assert.equal(store.blocks.by(alice), store.blocks.by(alice));
    });

    it("are known from both sides over any history, undone writes and a restart included", async () => {
      const names = [alice, bob, carol];
      const pair = { blocker: fc.constantFrom(...names), blocked: fc.constantFrom(...names) };
      const event = fc.record({ type: fc.constantFrom("add", "remove", "undone", "ask"), ...pair });
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
          const blocks = new Map(names.map((name) => [name, new Set<Username>()]));
          const assertKnown = ({ blocks: known }: Store) => {
            for (const name of names) {
              const of = names.filter((other) => blocks.get(other)?.has(name));
              assert.deepEqual([...known.by(name)].sort(), [...(blocks.get(name) ?? [])].sort());
              assert.deepEqual([...known.of(name)].sort(), of);
            }
          };
          for (const { type, blocker, blocked } of events)
            if (type === "add") {
              store.blocks.add(blocker, blocked);
              blocks.get(blocker)?.add(blocked);
            } else if (type === "remove") {
              store.blocks.remove(blocker, blocked);
              blocks.get(blocker)?.delete(blocked);
            } else if (type === "undone")
              assert.throws(() =>
                store.atomically(() => {
                  store.blocks.add(blocker, blocked);
                  throw new Error("on purpose");
                }),
              );
            else assertKnown(store);
          assertKnown(store);
          await store.committed();
          assertKnown(files.open());
          for (const blocker of names) for (const blocked of names) store.blocks.remove(blocker, blocked);
        }),
        { numRuns: 50 },
      );
    });
  });

  describe("transactions", () => {
    it("commit all writes of one turn together, and report when", async () => {
      await store.committed();
      const reader = new DatabaseSync(files.path, { readOnly: true });
      const seen = () => Number(reader.prepare("SELECT COUNT(*) AS n FROM mailbox").get()?.["n"]);
      store.mailbox.put(letter(store, bob), 1000);
      store.mailbox.put(letter(store, bob), 1000);
      assert.equal(seen(), 0);
      await store.committed();
      assert.equal(seen(), 2);
      reader.close();
    });

    it("roll back a piece of work that throws, and only that", async () => {
      store.mailbox.put(letter(store, bob), 1000);
      assert.throws(() =>
        store.atomically(() => {
          store.mailbox.put(letter(store, bob), 1000);
          throw new Error("on purpose");
        }),
      );
      await store.committed();
      assert.equal(waitingFor(store, bob).length, 1);
    });

    it("roll back the cache with it", async () => {
      const name = username("carol");
      assert.throws(() =>
        store.atomically(() => {
          store.blocks.add(bob, name);
          assert.ok(store.blocks.has(bob, name));
          throw new Error("on purpose");
        }),
      );
      await store.committed();
      assert.ok(!store.blocks.has(bob, name));
    });

    it("are noticed when another process made them, not one's own", async () => {
      await store.committed();
      assert.equal(store.changedElsewhere(), false);
      store.directory.seen(alice, 5000);
      await store.committed();
      assert.equal(store.changedElsewhere(), false);
      const other = files.open();
      other.directory.revoke(alice, 6000);
      await other.committed();
      assert.equal(store.changedElsewhere(), true);
      assert.equal(store.changedElsewhere(), false);
    });
  });

  it("refuses to open in a program older than the one that wrote it", () => {
    store.close();
    const db = new DatabaseSync(files.path);
    db.exec("PRAGMA user_version = 99");
    db.close();
    assert.throws(() => files.open(), { code: "data-folder-newer" });
  });
});
