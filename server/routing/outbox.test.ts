import assert from "node:assert/strict";
import { mock } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Counts } from "../operations/metrics/counts.ts";
import type { Store } from "../store/store.ts";
import { MIB, TemporaryStore, waitingFor } from "../store/store-fixture.ts";
import type { Outcome } from "./awaited.ts";
import { Outbox } from "./outbox.ts";
import { Post } from "./post.ts";

const [alice, bob, carol] = [username("alice"), username("bob"), username("carol")];
/** Room for three messages of one sender, and 400 bytes, in flight. */
const limits = { ...DEFAULT_LIMITS, unconfirmedBytes: 1600, unconfirmedItems: 12, confirmDeadlineMs: 1000 };
const clock = () => 1000;
const counts = new Counts(0);

/** Bob's client as the server sees it: the deliveries that it was sent and has not confirmed. */
class Recipient {
  readonly sent: { id: number; text: string }[] = [];
  readonly outbox: Outbox;
  /** How long until bob can pay for more, milliseconds. */
  waitMs = 0;
  constructor(store: Store, seen: (body: Uint8Array) => void = () => {}, of = limits) {
    const send = (_opcode: Opcode, id: number, body: Uint8Array) => {
      seen(body);
      this.sent.push({ id, text: Buffer.from(body).toString() });
    };
    this.outbox = new Outbox({
      ...{ recipient: bob, store, limits: of, clock, counts, send },
      failed: assert.ifError,
      inTurn: (worker) => {
        while (worker.take());
      },
      pay: () => this.waitMs,
    });
    this.outbox.wake();
  }
  get texts(): string[] {
    return this.sent.map((one) => one.text);
  }
}

describe("outbox and post", () => {
  let files: TemporaryStore;
  let store: Store;
  let online: Recipient | undefined;
  let post: Post;
  const conversation = newConversationId();
  /** The outcomes that senders received, in order. */
  let told: [string, Outcome][];

  function setUp(mailboxBytes = MIB) {
    files = new TemporaryStore();
    store = files.open({ mailboxBytes });
    store.directory.enrol(bob, new Uint8Array(32), 1000);
    online = undefined;
    told = [];
    post = new Post(store, () => online?.outbox, clock, counts);
  }
  beforeEach(() => setUp());
  afterEach(() => files.remove());

  function forward(text: string, sender = alice) {
    const body = Buffer.from(text);
    const message = newMessageId();
    const mail = { recipient: bob, sender, opcode: Opcode.MESSAGE, conversation, message, body };
    post.forward(mail, (outcome) => told.push([text, outcome]));
  }
  function file(text: string, opcode: Opcode = Opcode.ACCEPT, sender = alice) {
    const mail = { recipient: bob, sender, opcode, conversation, body: Buffer.from(text) };
    post.file(
      mail,
      (outcome) => told.push([text, outcome]),
      () => {},
    );
  }
  async function signIn(of = limits): Promise<Recipient> {
    online?.outbox.close();
    online = new Recipient(store, undefined, of);
    await store.committed();
    await store.committed();
    return online;
  }
  const waiting = () => waitingFor(store, bob).map((one) => Buffer.from(one.body).toString());

  it("sends a message directly to a person who is online, never to disk", async () => {
    const recipient = await signIn();
    forward("hello");
    assert.deepEqual(recipient.texts, ["hello"]);
    assert.deepEqual(told, []);
    recipient.outbox.confirm(1);
    assert.deepEqual(told, [["hello", "received"]]);
    assert.deepEqual(waiting(), []);
  });

  it("keeps only the body of an unconfirmed message, not its record, and counts its bytes", async () => {
    const mail = { recipient: bob, sender: alice, opcode: Opcode.MESSAGE, conversation };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 30 }), fc.boolean()), { minLength: 50, maxLength: 200 }),
        async (messages) => {
          const bodies: Uint8Array[] = [];
          online?.outbox.close();
          online = new Recipient(store, (body) => bodies.push(body));
          const { outbox } = online;
          await store.committed();
          await store.committed();
          const held = new Set<ArrayBufferLike>();
          for (const [size, confirmed] of messages) {
            const before = bodies.length;
            const body = new Uint8Array(256 * 1024).subarray(5000, 5000 + size).fill(size);
            post.forward({ ...mail, message: newMessageId(), body }, () => {});
            const kept = bodies[before];
            if (kept === undefined) break; // The window is full.
            assert.deepEqual(kept, body);
            if (confirmed) outbox.confirm(bodies.length);
            else held.add(kept.buffer);
            const bytes = [...held].reduce((sum, { byteLength }) => sum + byteLength, 0);
            assert.ok(outbox.unconfirmedBytes >= bytes, `${outbox.unconfirmedBytes} counted of ${bytes}`);
          }
          outbox.close();
          assert.equal(outbox.unconfirmedBytes, 0);
          store.mailbox.giveUpAll(bob, 100);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("stores a message for a person who is offline, and acknowledges it only once it is on disk", async () => {
    forward("hello");
    assert.deepEqual(told, []);
    await store.committed();
    assert.deepEqual(told, [["hello", "stored"]]);
    const recipient = await signIn();
    assert.deepEqual(recipient.texts, ["hello"]);
    recipient.outbox.confirm(1);
    assert.deepEqual(waiting(), []);
  });

  it("stores unconfirmed messages in order when the line ends", async () => {
    await signIn();
    for (const text of ["a", "b", "c", "d", "e"]) forward(text); // d and e find the window full.
    online?.outbox.close();
    online = undefined;
    await store.committed();
    assert.deepEqual(waiting(), ["a", "b", "c", "d", "e"]);
    assert.deepEqual(
      told.toSorted(),
      ["a", "b", "c", "d", "e"].map((text) => [text, "stored"]),
    );
    const recipient = await signIn();
    assert.deepEqual(recipient.texts, ["a", "b", "c"]);
    recipient.outbox.confirm(2);
    await store.committed();
    assert.deepEqual(recipient.texts, ["a", "b", "c", "d"]);
  });

  it("does not let a live message overtake waiting ones", async () => {
    for (const text of ["a", "b", "c", "d"]) forward(text);
    const recipient = await signIn();
    forward("e");
    assert.deepEqual(recipient.texts, ["a", "b", "c"]);
    recipient.outbox.confirm(1);
    recipient.outbox.confirm(2);
    await store.committed();
    await store.committed();
    assert.deepEqual(recipient.texts, ["a", "b", "c", "d", "e"]);
  });

  it("does not delay a sender behind another sender's mail, sent or waiting", async () => {
    for (let count = 0; count < 40; count++) forward(`flood ${count}`);
    forward("from before", carol);
    const recipient = await signIn();
    for (let count = 40; count < 80; count++) forward(`flood ${count}`);
    forward("now", carol);
    assert.deepEqual(recipient.texts.toSorted(), ["flood 0", "flood 1", "flood 2", "from before", "now"]);
  });

  it("does not delay a sender behind any number of colluding ones whose mail is not confirmed", async () => {
    files.remove();
    setUp(1024 * MIB);
    const large = { ...limits, unconfirmedBytes: MIB, unconfirmedItems: 4096 };
    const recipient = await signIn(large);
    const many = Array.from({ length: 60 }, (_, number) => username(`mallory${number}`));
    for (let round = 0; round < 3; round++) for (const one of many) forward("x".repeat(60_000), one);
    const flood = recipient.sent.length;
    const heldBytes = recipient.outbox.unconfirmedBytes;
    assert.ok(flood < 60 && heldBytes > MIB, "there is no room for one more of theirs");
    // Each message is sent at once, and the next after its confirmation, without any confirmation of the
    // others' mail.
    for (let count = 0; count < 20; count++) {
      forward(`hello ${count}`, carol);
      assert.equal(recipient.texts.at(-1), `hello ${count}`);
      recipient.outbox.confirm(recipient.sent.at(-1)?.id ?? 0);
      assert.deepEqual(told.at(-1), [`hello ${count}`, "received"]);
    }
    assert.equal(recipient.sent.length, flood + 20);
    for (const one of many) forward("x".repeat(4000), one);
    assert.ok(recipient.outbox.unconfirmedBytes < heldBytes + 60 * 4096, "and what they add is bounded");
  });

  it("reads nothing from disk for a confirmation that makes no room for the next message", async () => {
    for (const size of [300, 50, 50, 390, 1]) forward("x".repeat(size));
    const recipient = await signIn();
    const read = mock.method(store.mailbox, "after");
    for (const id of [3, 2]) {
      recipient.outbox.confirm(id);
      await store.committed();
    }
    assert.equal(read.mock.callCount(), 0);
    recipient.outbox.confirm(1);
    await store.committed();
    assert.equal(recipient.sent.length, 5);
    read.mock.restore();
  });

  it("keeps no stored, unsent mail in memory, only whose it is", async () => {
    const bodies: Uint8Array[] = [];
    online = new Recipient(store, (body) => bodies.push(body));
    await store.committed();
    await store.committed();
    for (let count = 0; count < 3; count++) forward("x");
    const body = new Uint8Array(Buffer.from("read from the disk"));
    const mail = { recipient: bob, sender: alice, opcode: Opcode.ACCEPT, conversation, body };
    const settle = (outcome: Outcome) => told.push(["step", outcome]);
    post.file(mail, settle, () => {});
    await store.committed();
    online.outbox.confirm(1);
    await store.committed();
    const sent = bodies.at(-1);
    assert.deepEqual(sent, body);
    assert.notEqual(sent?.buffer, body.buffer);
    online.outbox.confirm(4);
    assert.deepEqual(told.at(-1), ["step", "received"]);
  });

  it("does not let a message overtake the step before it", async () => {
    const recipient = await signIn();
    file("welcome");
    forward("first words");
    await store.committed();
    assert.deepEqual(recipient.texts, ["welcome", "first words"]);
    recipient.outbox.confirm(1);
    assert.deepEqual(told.at(-1), ["welcome", "received"]);
  });

  it("stores messages that are not confirmed in time, and accepts a late confirmation", async () => {
    const recipient = await signIn();
    forward("hello");
    file("accept");
    await store.committed();
    recipient.outbox.tick(performance.now() + 999);
    assert.deepEqual(told, []);
    recipient.outbox.tick(performance.now() + 1001);
    await store.committed();
    assert.deepEqual(told, [
      ["hello", "stored"],
      ["accept", "stored"],
    ]);
    assert.deepEqual(waiting(), ["hello", "accept"]);
    recipient.outbox.confirm(1);
    recipient.outbox.confirm(2);
    assert.deepEqual(waiting(), []);
    assert.equal(told.length, 2);
  });

  it("delivers a request again at each sign-in until it is answered", async () => {
    file("may I?", Opcode.RTT);
    const recipient = await signIn();
    recipient.outbox.confirm(1);
    assert.deepEqual((await signIn()).texts, ["may I?"]);
    store.mailbox.removeRequest(conversation);
    assert.deepEqual((await signIn()).texts, []);
  });

  it("holds back waiting mail from a recipient whose allowance is used up, until it has recovered", async () => {
    forward("hello");
    await store.committed();
    const recipient = new Recipient(store);
    recipient.waitMs = 5;
    online = recipient;
    await store.committed();
    file("whose sender waits for the answer");
    await store.committed();
    await store.committed();
    assert.deepEqual(recipient.texts, []);
    recipient.waitMs = 0;
    while (recipient.sent.length < 2) await nextTurn();
    assert.deepEqual(recipient.texts, ["hello", "whose sender waits for the answer"]);
  });

  it("does not charge the recipient for a delivery whose sender waits for it", async () => {
    const recipient = await signIn();
    recipient.waitMs = 5;
    file("accept");
    await store.committed();
    await store.committed();
    assert.deepEqual(recipient.texts, ["accept"]);
  });

  it("rejects confirmations of an unknown id, and of one already confirmed", async () => {
    const recipient = await signIn();
    forward("hello");
    assert.equal(recipient.outbox.confirm(2), false);
    assert.equal(recipient.outbox.confirm(1), true);
    assert.equal(recipient.outbox.confirm(1), false);
  });

  it("tells the sender that the mailbox is full, at once or when the line ends", async () => {
    files.remove();
    setUp(4 * 300);
    forward("a".repeat(100));
    assert.throws(() => forward("b".repeat(100)), /no room/);
    assert.throws(() => file("c".repeat(100)), /no room/);
    const recipient = await signIn();
    assert.equal(recipient.sent.length, 1);
    forward("d".repeat(100));
    online?.outbox.close();
    await store.committed();
    assert.deepEqual(told.map(([, outcome]) => outcome).toSorted(), ["mailbox-full", "stored"]);
  });

  it("loses nothing acknowledged and keeps each sender's order, over any history of events", async function () {
    this.timeout(180_000);
    const act = fc.constantFrom(
      "live",
      "live",
      "live",
      "step",
      "confirm",
      "confirm",
      "drop",
      "join",
      "late",
      "turn",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 80 }), async (acts) => {
        files.remove();
        setUp();
        const confirmed = new Set<string>();
        const seen: string[] = [];
        let count = 0;
        /** Alternating, so that the number identifies the sender. */
        const sender = () => (count % 2 === 0 ? alice : carol);
        const look = () => {
          for (const text of online?.texts ?? []) if (!seen.includes(text)) seen.push(text);
        };
        for (const one of [...acts, "drop", "turn"]) {
          if (one === "live") forward(String(count), sender());
          if (one === "step") file(String(count), Opcode.ACCEPT, sender());
          if (one === "live" || one === "step") count += 1;
          if (one === "confirm") {
            const next = online?.sent.find(({ text }) => !confirmed.has(text));
            if (next !== undefined && online?.outbox.confirm(next.id)) confirmed.add(next.text);
          }
          look();
          if (one === "drop") {
            online?.outbox.close();
            online = undefined;
          }
          if (one === "join") await signIn();
          if (one === "late") online?.outbox.tick(performance.now() + 2000);
          if (one === "turn") await store.committed();
          look();
        }
        await store.committed();
        const left = waiting();
        // Each message got one outcome, and all acknowledged mail is with Bob or on the disk.
        assert.deepEqual(
          told.map(([text]) => Number(text)).toSorted((a, b) => a - b),
          [...Array(count).keys()],
        );
        for (const [text, outcome] of told)
          assert.ok(
            outcome === "received" ? confirmed.has(text) : confirmed.has(text) || left.includes(text),
          );
        const inOrder = (list: string[]) => {
          for (const whose of [0, 1]) {
            const numbers = list.map(Number).filter((number) => number % 2 === whose);
            assert.deepEqual(
              numbers,
              numbers.toSorted((a, b) => a - b),
            );
          }
        };
        inOrder(left);
        inOrder(seen);
      }),
      { numRuns: 150 },
    );
  });
});
