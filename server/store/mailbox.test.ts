import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { newConversationId, newMessageId, type Username, username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { allAtOnce, ROWS_A_PIECE } from "../gateway/pieces.ts";
import { MAILBOX_ENTRY_BYTES } from "../limits.ts";
import type { Mail, Store } from "./store.ts";
import { letter, TemporaryStore, waitingFor } from "./store-fixture.ts";

const [anna, bert, mallory, carol] = ["anna", "bert", "mallory", "carol"].map((name) => username(name)) as [
  Username,
  Username,
  Username,
  Username,
];
/** A person without an account. */
const dave = username("dave");
const BOUND = 16_000;
const conversation = newConversationId();
const ids = Array.from({ length: 4 }, () => newMessageId());

const bytes = fc.integer({ min: 1, max: 1500 });
/** Events in the mailbox of a person who is offline. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("send" as const), bytes, again: fc.nat({ max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("other" as const), bytes }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("ask" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("withdraw" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("day" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("sweep" as const) }) },
);

describe("mailbox", function () {
  this.timeout(180_000);
  let files: TemporaryStore;
  let store: Store;
  let now: number;
  beforeEach(() => open());
  afterEach(() => files.remove());

  function open(mailBytes?: number) {
    files = new TemporaryStore();
    store = files.open({ mailboxBytes: BOUND, ...(mailBytes !== undefined && { mailBytes }) });
    for (const name of [anna, bert, mallory, carol]) store.directory.enrol(name, new Uint8Array(32), 1000);
    now = 1000;
  }
  function offer(mail: Mail): boolean {
    if (!store.mailbox.takes(mail, now)) return false;
    store.mailbox.put(mail, now);
    return true;
  }
  function collect(recipient: Username, count = 1) {
    for (const mail of waitingFor(store, recipient, count)) store.mailbox.remove(mail);
  }
  const large = (recipient: Username, sender: Username) =>
    letter(store, recipient, { sender, body: new Uint8Array(1000 - MAILBOX_ENTRY_BYTES) });

  it("accepts a quarter of the free room from each sender, and always an ending", () => {
    const taken = (sender: Username) => {
      let count = 0;
      while (offer(large(anna, sender))) count++;
      return count;
    };
    assert.deepEqual([taken(mallory), taken(carol), taken(bert)], [4, 3, 2]);
    assert.ok(!store.mailbox.takes(letter(store, anna, { sender: mallory, opcode: Opcode.NOTIFY }), now));
    store.mailbox.put(letter(store, anna, { sender: mallory, opcode: Opcode.NOTIFY }), now);
    assert.equal(waitingFor(store, anna).length, 10);
    assert.ok(offer(large(bert, mallory)), "that is another mailbox");
  });

  it("has room again once mail was collected, expired or cleared", () => {
    const fill = () => {
      while (offer(large(anna, mallory)));
    };
    fill();
    collect(anna);
    assert.ok(offer(large(anna, mallory)));
    assert.ok(!offer(large(anna, mallory)));
    allAtOnce(store.mailbox.purge(now + 1));
    assert.ok(offer(large(anna, mallory)));
    fill();
    store.mailbox.giveUpAll(anna, 100);
    assert.ok(offer(large(anna, mallory)));
  });

  it("accepts a stored message again even when it is full, and keeps it once", () => {
    const first = large(anna, mallory);
    assert.ok(offer(first));
    while (offer(large(anna, mallory)));
    const before = store.mailbox.size();
    assert.ok(offer({ ...first, place: store.mailbox.nextPlace() }));
    assert.deepEqual(store.mailbox.size(), before);
  });

  it("has a bound over all mailboxes, of which one sender gets a quarter of the free part", () => {
    files.remove();
    open(8000);
    assert.deepEqual([offer(large(anna, mallory)), offer(large(bert, mallory))], [true, true]);
    assert.ok(!offer(large(carol, mallory)), "a quarter of all");
    assert.ok(offer(large(carol, bert)));
    assert.ok(!offer(large(carol, bert)), "a quarter of what the first left");
    collect(anna);
    assert.ok(!offer(large(carol, mallory)));
    assert.ok(offer(letter(store, carol, { sender: mallory, body: new Uint8Array(500) })));
  });

  it("reads or deletes one sender's mail without scanning anybody else's", () => {
    const db = new DatabaseSync(files.path, { readOnly: true });
    const plan = (statement: string) =>
      db
        .prepare(`EXPLAIN QUERY PLAN ${statement}`)
        .all()
        .map((row) => String(row["detail"]));
    assert.deepEqual(
      plan("SELECT body FROM mailbox WHERE account = 3 AND place > 7 ORDER BY place LIMIT 9"),
      ["SEARCH mailbox USING INDEX mailbox_by_account (account=? AND rowid>?)"],
    );
    assert.deepEqual(plan("SELECT place FROM mailbox WHERE account = 3 LIMIT 9"), [
      "SEARCH mailbox USING COVERING INDEX mailbox_by_account (account=?)",
    ]);
    db.close();
  });

  it("discards any amount at once, and deletes it from disk in pieces, across a restart", () => {
    const rows = () => {
      const db = new DatabaseSync(files.path, { readOnly: true });
      const counted = Number(db.prepare("SELECT COUNT(*) AS n FROM mailbox").get()?.["n"]);
      db.close();
      return counted;
    };
    const places = () => waitingFor(store, anna).map(({ place }) => place);
    files.remove();
    files = new TemporaryStore();
    store = files.open();
    const fill = () => {
      let count = 0;
      while (offer(letter(store, anna, { sender: mallory }))) count++;
      return count;
    };
    const full = fill();
    assert.ok(full > 10 * ROWS_A_PIECE);
    const other = letter(store, anna, { sender: carol });
    store.mailbox.put(other, now);
    store.mailbox.giveUp(anna, mallory);
    assert.deepEqual(places(), [other.place]);
    assert.deepEqual(store.mailbox.size().items, 1);
    for (let piece = 1; piece <= 3; piece++) {
      store.mailbox.sweep().next();
      store.close();
      assert.equal(rows(), full + 1 - piece * ROWS_A_PIECE);
      store = files.open();
    }
    allAtOnce(store.mailbox.sweep());
    assert.deepEqual(places(), [other.place]);
    const sole = store.mailbox.size();
    store.close();
    assert.equal(rows(), 1);
    store = files.open();
    assert.deepEqual(store.mailbox.size(), sole);
    assert.equal(fill(), full);
  });

  it("counts discarded mail against its sender until it is deleted from disk", () => {
    files.remove();
    open(8000);
    assert.deepEqual([offer(large(anna, mallory)), offer(large(bert, mallory))], [true, true]);
    store.mailbox.giveUp(anna, mallory);
    assert.ok(!offer(large(carol, mallory)), "or any amount could lie there");
    allAtOnce(store.mailbox.sweep());
    assert.ok(offer(large(carol, mallory)));
  });

  it("refuses another message at a place that is taken", () => {
    const first = letter(store, anna);
    store.mailbox.put(first, now);
    assert.throws(() => store.mailbox.put(letter(store, anna, { place: first.place }), now), /UNIQUE/);
    assert.equal(waitingFor(store, anna).length, 1);
  });

  /** Returns for each recipient and sender which sizes there is room for. */
  function roomThere({ mailbox }: Store): boolean[] {
    return [anna, bert, dave].flatMap((recipient) =>
      [mallory, carol].flatMap((sender) =>
        Array.from({ length: 16 }, (_, size) =>
          mailbox.takes(letter(store, recipient, { sender, body: new Uint8Array(250 * size) }), now),
        ),
      ),
    );
  }

  it("counts exactly over any history of mail, blocks and unblocks", () => {
    const act = fc.record({
      type: fc.constantFrom(
        "put",
        "put",
        "put",
        "offer",
        "offer",
        "drop",
        "remove",
        "block",
        "unblock",
        "give-up",
        "sweep",
        "purge",
        "undone",
      ),
      recipient: fc.constantFrom(anna, bert, dave),
      sender: fc.constantFrom(mallory, carol),
      bytes,
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        files.remove();
        open(BOUND);
        const { mailbox } = store;
        for (const { type, recipient, sender, bytes: size } of acts) {
          now += 1;
          const mail = letter(store, recipient, { sender, body: new Uint8Array(size) });
          if (type === "put" || type === "drop") mailbox[type](mail, now);
          if (type === "offer") offer(mail);
          if (type === "remove") collect(recipient);
          if (type === "block") store.blocks.add(recipient, sender);
          if (type === "unblock") {
            store.blocks.remove(recipient, sender);
            mailbox.giveUp(recipient, sender);
          }
          if (type === "give-up") mailbox.giveUpAll(recipient, 1);
          if (type === "sweep") mailbox.sweep().next();
          if (type === "purge") allAtOnce(mailbox.purge(now - 10));
          if (type === "undone")
            assert.throws(() =>
              store.atomically(() => {
                collect(recipient);
                mailbox.put(mail, now);
                mailbox.giveUp(recipient, sender);
                allAtOnce(mailbox.sweep());
                allAtOnce(mailbox.purge(now - 5));
                throw new Error("on purpose");
              }),
            );
        }
        const size = store.mailbox.size();
        const room = roomThere(store);
        store.close();
        store = files.open({ mailboxBytes: BOUND, mailBytes: BOUND });
        assert.deepEqual([store.mailbox.size(), roomThere(store)], [size, room], "as added up anew");
        const db = new DatabaseSync(files.path, { readOnly: true });
        const count = (sql: string) => Object.values(db.prepare(sql).get() ?? {}).map(Number);
        const amount = "COALESCE(SUM(mailbox.bytes), 0), COUNT(mailbox.bytes)";
        const rows = (where: string) =>
          count(`SELECT ${amount} FROM mailbox LEFT JOIN mail_accounts ON id = account WHERE ${where}`);
        for (const name of [anna, bert, dave])
          for (const from of [mallory, carol]) {
            const pair = `recipient = '${name}' AND sender = '${from}'`;
            const account = `SELECT COALESCE(SUM(bytes), 0), COALESCE(SUM(items), 0) FROM mail_accounts WHERE ${pair}`;
            assert.deepEqual(count(account), rows(pair));
          }
        assert.deepEqual([size.bytes, size.items], [rows("1")[0], rows("recipient IS NOT NULL")[1]]);
        assert.deepEqual(rows("id IS NULL"), [0, 0], "every piece of mail has an account");
        db.close();
      }),
      { numRuns: 40 },
    );
  });

  it("answers alike for a recipient who is offline and one who blocks the sender, over any history", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.nat({ max: 30 }), (events, blockedAt) => {
        files.remove();
        open();
        const requests = new Map([anna, bert].map((name) => [name, newConversationId()]));
        for (const [at, one] of events.entries()) {
          now += 1;
          if (at === blockedAt) {
            // Bert's client has received some of it, and confirms it after the block.
            const underWay = store.mailbox.after(bert, mallory, 0, 3);
            store.blocks.add(bert, mallory);
            for (const mail of underWay) store.mailbox.remove(mail);
          }
          if (one.type === "sweep") {
            allAtOnce(store.mailbox.sweep());
            continue;
          }
          if (one.type === "restart") {
            store.close();
            store = files.open({ mailboxBytes: BOUND });
            continue;
          }
          if (one.type === "day") {
            now += 1000;
            allAtOnce(store.mailbox.purge(now - 10_000));
            continue;
          }
          // Anna is offline; Bert has blocked Mallory, or is about to. Carol writes to both.
          const answers = [anna, bert].map((recipient) => {
            const body = new Uint8Array("bytes" in one ? one.bytes : 300);
            const asked = requests.get(recipient) ?? newConversationId();
            if (one.type === "send") {
              const message = ids[one.again] ?? newMessageId();
              const mail = letter(store, recipient, { sender: mallory, body, conversation, message });
              return offer(mail);
            }
            if (one.type === "other") return offer(letter(store, recipient, { sender: carol, body }));
            if (one.type === "ask") {
              const { message: _, ...mail } = letter(store, recipient, { sender: mallory, body });
              return offer({ ...mail, opcode: Opcode.RTT, conversation: asked });
            }
            const unseen = store.mailbox.isUnseen(asked);
            store.mailbox.removeRequest(asked);
            return unseen;
          });
          assert.equal(answers[1], answers[0], one.type);
        }
        if (events.length > blockedAt) assert.equal(store.mailbox.after(bert, mallory, 0, 100).length, 0);
      }),
      { numRuns: 50 },
    );
  });

  it("hides room that others freed from a sender who withdraws a request, as a block would hide it", () => {
    for (const blocks of [true, false]) {
      files.remove();
      open();
      if (blocks) store.blocks.add(bert, mallory);
      for (let count = 0; count < 12; count++) store.mailbox.put(large(bert, carol), now);
      assert.ok(!offer(large(bert, mallory)) || !offer(large(bert, mallory)));
      const request = letter(store, bert, { sender: mallory, opcode: Opcode.RTT });
      store.mailbox.put(request, now);
      for (const mail of store.mailbox.after(bert, carol, 0, 100)) store.mailbox.remove(mail);
      const more = large(bert, mallory);
      assert.ok(!store.mailbox.takes(more, now));
      store.mailbox.removeRequest(request.conversation);
      assert.ok(!store.mailbox.takes(more, now));
    }
  });

  it("shows room freed by collecting others' mail once some of the sender's own was collected", () => {
    assert.ok(offer(large(bert, mallory)));
    for (let count = 0; count < 12; count++) store.mailbox.put(large(bert, carol), now);
    assert.ok(!offer(large(bert, mallory)));
    for (const mail of store.mailbox.after(bert, carol, 0, 100)) store.mailbox.remove(mail);
    assert.ok(!offer(large(bert, mallory)));
    for (const mail of store.mailbox.after(bert, mallory, 0, 1)) store.mailbox.remove(mail);
    assert.deepEqual([offer(large(bert, mallory)), offer(large(bert, mallory))], [true, true]);
  });

  it("hides room freed by collecting others' mail from a sender who was refused once", () => {
    const collecting = fc.oneof(
      event,
      fc.record({ type: fc.constant("collect" as const), count: fc.nat({ max: 9 }) }),
    );
    fc.assert(
      fc.property(fc.array(collecting, { minLength: 20, maxLength: 120 }), (events) => {
        files.remove();
        open();
        store.blocks.add(bert, mallory);
        let counted = 0;
        let least = Number.POSITIVE_INFINITY;
        for (const one of events) {
          now += 1;
          if (one.type === "other")
            offer(letter(store, bert, { sender: carol, body: new Uint8Array(one.bytes) }));
          if (one.type === "collect") collect(bert, one.count);
          if (one.type === "restart") {
            store.close();
            store = files.open({ mailboxBytes: BOUND });
          }
          if (one.type === "day") allAtOnce(store.mailbox.purge(now - 10_000));
          if (one.type !== "send") continue;
          const mail = letter(store, bert, { sender: mallory, body: new Uint8Array(one.bytes) });
          const wouldBe = counted + one.bytes + MAILBOX_ENTRY_BYTES;
          if (!offer(mail)) least = Math.min(least, wouldBe);
          else {
            assert.ok(wouldBe < least, "refused for less before, and nothing has expired");
            counted = wouldBe;
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
