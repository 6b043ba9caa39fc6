/** A messenger whose server and peer the test plays. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat } from "../../messenger/chats/direct.ts";
import { chatOf } from "../../messenger/context.ts";
import type { Body } from "../../messenger/kinds/body.ts";
import { MAX_PLAINTEXT_BYTES, SELF_UPDATE_AFTER_MESSAGES } from "../../protocol/limits.ts";
import { idBytes, type MessageId, messageIdFrom, newMessageId } from "../../protocol/names.ts";
import type { Envelope } from "../../protocol/wire/batch.ts";
import {
  Delivery,
  ErrorCode,
  Opcode,
  type SealedMessage,
  SealedMessageSchema,
} from "../../protocol/wire/parley_pb.ts";
import { BOB, Liar } from "../fixtures/liar.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { ScriptedServer } from "../fixtures/scripted-server.ts";
import { withLiar } from "../fixtures/with-liar.ts";

describe("messenger with a server that lies about delivery", () => {
  let alice: Computer;
  let liar: Liar;
  let server: ScriptedServer;
  const stage = withLiar();
  beforeEach(async () => {
    ({ alice, liar, server } = await stage.open());
    await liar.opensChat(alice);
  });
  afterEach(() => stage.close(alice));

  function transcript(): Promise<readonly string[]> {
    return alice.transcript({ name: BOB });
  }

  it("sends the same bytes again, in order, when the line ended before the answer", async () => {
    for (const text of ["one", "two", "three"]) await alice.messenger.send({ chat: directChat(BOB), text });
    const first = [await liar.hears(), await liar.hears(), await liar.hears()];
    const [one] = first;
    assert.ok(one);
    liar.answer(one.envelope);
    await alice.until(
      "sent",
      async () =>
        (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 3 } }))[0]?.state ===
        "sent",
    );
    liar.line.destroy();
    const again = new Liar((await server.accept()).letIn(), liar.bob);
    for (const expected of first.slice(1)) {
      const envelope = await again.next(Opcode.MESSAGE);
      const { id, sealed } = fromBinary(SealedMessageSchema, envelope.body);
      assert.equal(messageIdFrom(id), expected.id);
      assert.deepEqual(Buffer.from(sealed), Buffer.from(expected.sealed));
      again.answer(envelope, Delivery.STORED);
    }
    await alice.until(
      "sent",
      async () =>
        (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 1 } }))[0]?.state ===
        "sent",
    );
    assert.equal(again.line.waiting(Opcode.MESSAGE), 0);
  });

  /**
   * Alice sends enough messages for new keys to be due.
   * @returns her commit; messages before it are answered
   */
  async function commits(): Promise<Envelope & { readonly commit: SealedMessage }> {
    for (let n = 0; n < SELF_UPDATE_AFTER_MESSAGES; n++)
      await alice.messenger.send({ chat: directChat(BOB), text: `${n}` });
    for (;;) {
      const envelope = await liar.next(Opcode.MESSAGE);
      const commit = fromBinary(SealedMessageSchema, envelope.body);
      if (commit.commitEpoch > 0n) return { ...envelope, commit };
      liar.answer(envelope);
    }
  }

  it("gives up a conversation whose epoch the peer forged, and requests another", async () => {
    const first = await commits();
    liar.refuse(first, ErrorCode.EPOCH_STALE);
    const second = await commits();
    assert.deepEqual(second.commit, first.commit, "the same, as its turn may only have been missed");
    assert.equal(liar.line.waiting(Opcode.RTT), 0);
    liar.refuse(second, ErrorCode.EPOCH_STALE);
    liar.answer(await liar.next(Opcode.RTT));
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
  }).timeout(180_000);

  it("continues when the peer's key renewal was accepted first", async () => {
    const first = await commits();
    liar.refuse(first, ErrorCode.EPOCH_STALE);
    assert.ok(liar.conversation);
    const { next, id, bytes } = await liar.conversation.commit(Date.now());
    liar.delivers(id, bytes);
    liar.conversation = next.mergeCommit(id);
    await liar.says("in the next epoch");
    await alice.until("in the next epoch", async () => (await transcript()).at(-1) === "< in the next epoch");
    const second = await commits();
    assert.deepEqual([first.commit.commitEpoch, second.commit.commitEpoch], [1n, 2n]);
    liar.refuse(second, ErrorCode.EPOCH_STALE);
    await liar.says("and still");
    await alice.until("and still", async () => (await transcript()).at(-1) === "< and still");
  });

  /**
   * Adds waiting messages of one's own to the history, `each` of every kind, oldest first.
   * @returns their ids, a list for each kind
   */
  async function whileClosed(bodies: readonly Body[], each: number): Promise<MessageId[][]> {
    await alice.close();
    const store = alice.openStore();
    const chat = chatOf(store, directChat(BOB));
    const ids = store.transaction(() => {
      store.chats.put({ ...chat, group: { ...chat.group, unsealed: true } });
      return bodies.map((body) =>
        Array.from({ length: each }, () => {
          const waits = { chat: chat.number, id: newMessageId(), state: "waiting" } as const;
          const mine = { author: alice.name, receivers: [{ person: BOB }] };
          return store.messages.add({ ...waits, ...mine, at: 1, storedAt: 1, body }).id;
        }),
      );
    });
    store.close();
    return ids;
  }

  it("seals all waiting messages that can be sent, and fails the rest", async () => {
    const many = 40; // More than are sealed at once.
    const kinds: readonly { body: Body; comesTo: string }[] = [
      { body: { kind: "event", event: "undecryptable" }, comesTo: "bad-content" },
      { body: { kind: "not-understood" }, comesTo: "bad-content" },
      { body: { kind: "text", text: "x".repeat(MAX_PLAINTEXT_BYTES + 1) }, comesTo: "too-large" },
      { body: { kind: "unknown", type: "acme.poll", fallback: "Tea?" }, comesTo: "sent" },
      { body: { kind: "text", text: "damaged" }, comesTo: "bad-content" },
      { body: { kind: "text", text: "hello" }, comesTo: "sent" },
    ];
    const ids = await whileClosed(
      kinds.map(({ body }) => body),
      many,
    );
    const database = new DatabaseSync(alice.database);
    for (const id of ids[4] ?? [])
      database.prepare("UPDATE message SET body = randomblob(80) WHERE id = ?").run(idBytes(id));
    database.close();
    await alice.open();
    await alice.messenger.connect();
    const again = new Liar((await server.accept()).letIn(), liar.bob);
    again.conversation = liar.conversation;
    for (let heard = 0; heard < many; heard++) again.answer((await again.hears()).envelope);
    await alice.until("all have left or failed", async () =>
      (
        await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: kinds.length * many } })
      ).every(({ state }) => state === "sent" || state === "failed"),
    );
    const found = new Map(
      (
        await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: kinds.length * many } })
      ).map((one) => [one.id, one]),
    );
    for (const [index, { comesTo }] of kinds.entries())
      for (const id of ids[index] ?? [])
        assert.equal(found.get(id)?.failure ?? found.get(id)?.state, comesTo, String(index));
  });

  it("fails a message that the server refuses, and sends it again under its id on retry", async () => {
    const { id } = await alice.messenger.send({ chat: directChat(BOB), text: "too many" });
    const refused = await liar.hears();
    liar.refuse(refused.envelope, ErrorCode.MAILBOX_FULL);
    const state = async () =>
      (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 1 } }))[0];
    await alice.until("failed", async () => (await state())?.state === "failed");
    assert.equal((await state())?.failure, "mailbox-full");
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
    await alice.messenger.retry({ chat: directChat(BOB), id });
    const again = await liar.hears();
    assert.equal(again.id, id);
    assert.equal(again.text, "too many");
    liar.answer(again.envelope);
    await alice.until("sent", async () => (await state())?.state === "sent");
    assert.equal((await state())?.failure, undefined);
  });

  it("fails a message for an unknown reason, and sends a receipt again that was refused for one", async () => {
    const ofLaterVersions = 900 as ErrorCode;
    await alice.messenger.send({ chat: directChat(BOB), text: "no" });
    liar.refuse((await liar.hears()).envelope, ofLaterVersions);
    await alice.has({ name: BOB }, "failed", "no");
    assert.equal((await alice.messages({ name: BOB })).at(-1)?.failure, "unknown");
    await liar.says("and?");
    const receipt = await liar.next(Opcode.MESSAGE);
    liar.refuse(receipt, ofLaterVersions);
    const again = await liar.next(Opcode.MESSAGE);
    assert.deepEqual(Buffer.from(again.body), Buffer.from(receipt.body));
  });

  it("sends a receipt again when there was no room for it", async () => {
    await liar.says("are you there?");
    const receipt = await liar.next(Opcode.MESSAGE);
    liar.refuse(receipt, ErrorCode.MAILBOX_FULL);
    const again = await liar.next(Opcode.MESSAGE);
    assert.deepEqual(Buffer.from(again.body), Buffer.from(receipt.body));
  });

  it("slows down for a busy server, without giving up a message", async () => {
    await alice.messenger.send({ chat: directChat(BOB), text: "patience" });
    const busy = await liar.hears();
    liar.refuse(busy.envelope, ErrorCode.RATE_LIMITED, 50);
    const again = await liar.next(Opcode.MESSAGE);
    assert.deepEqual(Buffer.from(again.body), Buffer.from(busy.envelope.body));
    liar.answer(again);
    await alice.until(
      "sent",
      async () =>
        (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 1 } }))[0]?.state ===
        "sent",
    );
  });

  it("believes only the peer that a message was delivered or read", async () => {
    const { id } = await alice.messenger.send({ chat: directChat(BOB), text: "hello" });
    const state = async () =>
      (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 1 } }))[0]?.state;
    liar.answer((await liar.hears()).envelope, Delivery.RECEIVED);
    await alice.until("sent", async () => (await state()) === "sent");
    liar.delivers(newMessageId(), randomBytes(100)); // A server could forge this in place of a receipt.
    await liar.confirmed();
    const own = (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 10 } })).find(
      (message) => message.id === id,
    );
    assert.equal(own?.state, "waiting"); // To be sent again, since a message did not open.
  });

  it("has a bounded number of messages in flight", async () => {
    const texts = Array.from({ length: 30 }, (_, n) => `m${n}`);
    for (const text of texts) await alice.messenger.send({ chat: directChat(BOB), text });
    const heard = [];
    for (let n = 0; n < 8; n++) heard.push(await liar.hears());
    assert.equal(liar.line.waiting(Opcode.MESSAGE), 0);
    const sending = (
      await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 30 } })
    ).filter(({ state }) => state === "sending");
    assert.equal(sending.length, 8);
    for (const { envelope } of heard) liar.answer(envelope);
    while (heard.length < 30) {
      const next = await liar.hears();
      heard.push(next);
      liar.answer(next.envelope);
    }
    assert.deepEqual(
      heard.map(({ text }) => text),
      texts,
    );
  });
});
