/** A messenger whose server and peer the test plays. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat } from "../../messenger/chats/direct.ts";
import { MAX_TIMER_VERSION } from "../../protocol/e2ee/kinds/timer.ts";
import { conversationIdFrom, newConversationId, newMessageId } from "../../protocol/names.ts";
import { EndReason, ErrorCode, NotifySchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { BOB, type Liar } from "../fixtures/liar.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { withLiar } from "../fixtures/with-liar.ts";

/** Signals after which a change's id is forgotten. */
const FORGOTTEN_AFTER = 1_000;

describe("messenger with a server that lies about messages", () => {
  let alice: Computer;
  let liar: Liar;
  const stage = withLiar();
  beforeEach(async () => {
    ({ alice, liar } = await stage.open());
    await liar.opensChat(alice);
  });
  afterEach(() => stage.close(alice));

  function transcript(): Promise<readonly string[]> {
    return alice.transcript({ name: BOB });
  }

  it("tells the sender once that a message did not open, and waits for it to be sent again", async () => {
    liar.delivers(newMessageId(), randomBytes(300));
    const told = await liar.next(Opcode.NOTIFY);
    const { reason, conversation } = fromBinary(NotifySchema, told.body);
    assert.deepEqual(
      [reason, conversationIdFrom(conversation)],
      [EndReason.LOST_STATE, liar.conversation?.id],
    );
    liar.answer(told);
    const { id, sealed } = await liar.seal({ kind: "text", sentAt: 1, text: "in the lost one" });
    liar.delivers(id, sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "* keys-lost"]);
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");

    const anew = newConversationId();
    liar.establishes(anew, await liar.welcomeAnew(alice, anew));
    const again = await liar.seal({ kind: "text", sentAt: 1, text: "in the next one" }, id);
    liar.delivers(again.id, again.sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "* keys-lost", "* renewed", "< in the next one"]);
  });

  it("stores thread and program of a message with it, for programs that will show them", async () => {
    const head = { thread: newMessageId(), via: "acme.poll" };
    const { id, sealed } = await liar.seal({ kind: "text", sentAt: 1, text: "in a thread", ...head });
    liar.delivers(id, sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< in a thread"]);
    const stored = alice.onDisk(({ messages, chats }) =>
      messages.find(chats.get(directChat(BOB))?.number ?? assert.fail(), id),
    );
    assert.deepEqual({ thread: stored?.thread, via: stored?.via }, head);
  });

  it("shows a repeated delivery once, and confirms it each time", async () => {
    const { id, sealed } = await liar.seal({ kind: "text", sentAt: 1, text: "again and again" });
    liar.delivers(id, sealed);
    liar.delivers(id, sealed);
    await liar.confirmed();
    liar.delivers(id, sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< again and again"]);
    assert.equal(alice.messenger.chat(directChat(BOB)).unread, 1);
  });

  it("ignores a repeated receipt", async () => {
    const said = await alice.messenger.send({ chat: directChat(BOB), text: "hello" });
    liar.answer((await liar.hears()).envelope);
    const receipt = await liar.seal({
      kind: "receipt",
      sentAt: 1,
      state: "read",
      ids: [said.id, newMessageId()],
    });
    liar.delivers(receipt.id, receipt.sealed);
    liar.delivers(receipt.id, receipt.sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "> hello"]);
    assert.equal(
      (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 1 } }))[0]?.state,
      "read",
    );
  });

  it("does not accept an old message as a new one", async () => {
    const { id, sealed } = await liar.seal({ kind: "text", sentAt: 1, text: "pay him" });
    liar.delivers(id, sealed);
    liar.delivers(newMessageId(), sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< pay him", "* undecryptable"]);
  });

  it("does not accept its own message, reflected, as the peer's", async () => {
    await alice.messenger.send({ chat: directChat(BOB), text: "my own words" });
    const { envelope, id, sealed } = await liar.hears();
    liar.answer(envelope);
    liar.delivers(id, sealed);
    liar.delivers(newMessageId(), sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), [
      "* opened",
      "> my own words",
      "* undecryptable",
      "* undecryptable",
    ]);
  });

  it("does not let the peer overwrite a message by its id", async () => {
    const said = await alice.messenger.send({ chat: directChat(BOB), text: "what I said" });
    liar.answer((await liar.hears()).envelope);
    const { id, sealed } = await liar.seal({ kind: "text", sentAt: 1, text: "what you said" }, said.id);
    liar.delivers(id, sealed);
    await liar.says("next");
    await liar.confirmed();
    assert.deepEqual(await transcript(), [
      ...["* opened", "> what I said", "* undecryptable", "* missing", "< next"],
    ]);
  });

  it("confirms a message of an unknown conversation once its sender is told, and shows it nowhere", async () => {
    const { id, sealed } = await liar.seal({ kind: "text", sentAt: 1, text: "astray" });
    const stray = newConversationId();
    liar.delivers(id, sealed, stray);
    const told = await liar.next(Opcode.NOTIFY);
    const { reason, conversation, peer } = fromBinary(NotifySchema, told.body);
    assert.deepEqual([reason, conversationIdFrom(conversation), peer], [EndReason.LOST_STATE, stray, ""]);
    liar.delivers(id, sealed, stray);
    liar.refuse(told, ErrorCode.NO_CONVERSATION);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened"]);
  });

  it("handles all messages that came before an end before the end", async () => {
    const before = Array.from({ length: 70 }, (_, number) => `${number}`);
    for (const text of before) await liar.says(text);
    liar.notifies(EndReason.CLOSED);
    await liar.confirmed();
    assert.deepEqual(await transcript(), [
      "* opened",
      ...before.map((text) => `< ${text}`),
      "* closed-by-peer",
    ]);
  });

  it("handles messages of two conversations that arrive together, each in its own", async () => {
    const old = liar.conversation?.id;
    const before = await liar.seal({ kind: "text", sentAt: 1, text: "in the old one" });
    const anew = newConversationId();
    const welcome = await liar.welcomeAnew(alice, anew);
    const after = await liar.seal({ kind: "text", sentAt: 1, text: "in the new one" });
    liar.delivers(before.id, before.sealed, old);
    liar.establishes(anew, welcome);
    liar.delivers(after.id, after.sealed);
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< in the old one", "* renewed", "< in the new one"]);
  });

  it("opens messages sent before their conversation ended, though the end arrives first", async () => {
    await alice.messenger.send({ chat: directChat(BOB), text: "too late" });
    liar.refuse((await liar.hears()).envelope, ErrorCode.NO_CONVERSATION);
    await alice.has({ name: BOB }, "waiting", "too late");
    await liar.says("in time");
    await liar.says("and this");
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "> too late", "< in time", "< and this"]);
  });

  it("shows an unknown kind of message by its fallback, and continues with the next", async () => {
    const { id, sealed } = await liar.seal({
      kind: "unknown",
      sentAt: 1,
      type: "poll.v9",
      fallback: "Tea or coffee?",
    });
    liar.delivers(id, sealed);
    await liar.says("coffee");
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< Tea or coffee?", "< coffee"]);
  });

  it("shows an invalid content as not understood, and continues with the next", async () => {
    for (const data of [new Uint8Array(), Uint8Array.of(0xff), new Uint8Array(1000)]) {
      const { id, sealed } = await liar.sealsRaw(data);
      liar.delivers(id, sealed);
    }
    await liar.says("and on it goes");
    await liar.confirmed();
    const odd = "? not understood";
    assert.deepEqual(await transcript(), ["* opened", odd, odd, odd, "< and on it goes"]);
    assert.equal(alice.messenger.chat(directChat(BOB)).unread, 4);
    const found = await alice.messenger.searchStep({ text: "update parley" });
    assert.equal(found.matches.length, 3);
    await alice.close();
    await alice.open();
    assert.deepEqual((await transcript()).slice(1, 4), [odd, odd, odd]);
  });

  it("does not date a message in the future", async () => {
    const far = 8_640_000_000_000_000;
    const { id, sealed } = await liar.seal({ kind: "text", sentAt: far, text: "from the future" });
    liar.delivers(id, sealed);
    await liar.confirmed();
    const shown = (await alice.messages({ name: BOB })).at(-1);
    assert.ok(shown?.body.kind === "text" && shown.at <= Date.now(), String(shown?.at));
    assert.equal(
      await alice.messenger.positionOf({ chat: directChat(BOB), target: { at: Date.now() + 1 } }),
      undefined,
    );
  });

  it("does not let a peer make a chat's timer unchangeable", async () => {
    const timer = () => alice.messenger.chat(directChat(BOB)).timerSeconds;
    const sets = async (seconds: number, version: number) => {
      const { id, sealed } = await liar.seal({ kind: "timer", sentAt: 1, seconds, version });
      liar.delivers(id, sealed);
      await liar.confirmed();
    };
    await sets(1, MAX_TIMER_VERSION);
    await sets(1, 1001);
    assert.equal(timer(), 0);
    for (const version of [1000, 2000, 3000]) await sets(1, version);
    assert.equal(timer(), 1, "as near as this anybody may set it");
    await sets(5, 2999);
    assert.equal(timer(), 1);
    for (const seconds of [0, 604_800]) {
      await alice.setsTimer({ name: BOB }, seconds);
      assert.equal(timer(), seconds);
    }
    await alice.deletesHistory({ name: BOB });
    assert.equal(timer(), 0, "forgotten with the history");
    await alice.messenger.send({ chat: directChat(BOB), text: "the terms we agreed on" });
    assert.equal((await alice.messages({ name: BOB })).at(-1)?.expiry, undefined);
    await alice.close();
    await alice.open();
    assert.equal(timer(), 0);
  });

  it("confirms a change again whose id it has forgotten while the change waits for its target", async () => {
    const change = newMessageId();
    const mark = { kind: "mark", target: newMessageId(), name: "reaction", version: 1, values: [] } as const;
    const marks = async () => {
      const { id, sealed } = await liar.seal({ ...mark, sentAt: 1 }, change);
      liar.delivers(id, sealed);
      await liar.confirmed();
    };
    await marks();
    // Only ids that are owed no receipt are forgotten.
    await liar.next(Opcode.MESSAGE);
    for (let n = 1; n <= FORGOTTEN_AFTER; n++) {
      const receipt = await liar.seal({ kind: "receipt", sentAt: 1, state: "delivered", ids: [change] });
      liar.delivers(receipt.id, receipt.sealed);
      if (n % 100 === 0) await liar.confirmed();
    }
    await marks();
    await liar.says("and on");
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< and on"]);
  });

  it("confirms a message whose listener threw", async () => {
    alice.messenger.on("message", () => {
      throw new Error("a bug in a view");
    });
    await liar.says("hello");
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< hello"]);
  });
});
