/** A messenger whose server lies, fails and loses state: the test is the server, and the peer. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { chatOf } from "../../messenger/context.ts";
import type { Body } from "../../messenger/kinds/body.ts";
import { Conversation, type Joining, prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { MAX_TIMER_VERSION } from "../../protocol/e2ee/kinds/timer.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { inviteLink } from "../../protocol/identity/invite.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import {
  INVITE_TOKEN_BYTES,
  MAX_LISTED_CONVERSATIONS,
  MAX_PLAINTEXT_BYTES,
  SELF_UPDATE_AFTER_MESSAGES,
} from "../../protocol/limits.ts";
import {
  type ConversationId,
  conversationIdFrom,
  idBytes,
  type MessageId,
  messageIdFrom,
  newConversationId,
  newMessageId,
  username,
} from "../../protocol/names.ts";
import type { Envelope } from "../../protocol/wire/batch.ts";
import {
  AcceptSchema,
  ConversationListSchema,
  ConversationQuestionSchema,
  Delivery,
  EndReason,
  ErrorCode,
  ErrorSchema,
  NotifySchema,
  Opcode,
  Presence,
  RefuseSchema,
  RequestToTalkSchema,
  type SealedMessage,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import { BOB, Liar } from "../fixtures/liar.ts";
import { Computer } from "../fixtures/messengers.ts";
import { ScriptedServer, temporaryAuthority } from "../fixtures/scripted-server.ts";

describe("messenger with a server that lies", () => {
  let authority: Awaited<ReturnType<typeof temporaryAuthority>>;
  let server: ScriptedServer;
  let alice: Computer;
  let liar: Liar;

  before(async function () {
    this.timeout(180_000);
    authority = await temporaryAuthority();
  });
  after(() => authority.remove());

  beforeEach(async () => {
    server = await ScriptedServer.start(authority.authority);
    alice = await Computer.start("alice");
    const joined = alice.joins(
      inviteLink({
        ...{ host: "127.0.0.1", port: server.port, token: randomBytes(INVITE_TOKEN_BYTES) },
        caFingerprint: authority.authority.caFingerprint,
        expiresAt: new Date(Date.now() + 60_000),
      }),
    );
    liar = new Liar((await server.accept()).letIn());
    await joined;
  });
  afterEach(async () => {
    await alice.remove();
    await server.stop();
  });

  async function transcript(): Promise<readonly string[]> {
    return await alice.transcript({ name: BOB });
  }

  describe("about messages", () => {
    beforeEach(() => liar.opensChat(alice));

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

    it("shows an unknown kind of message as not understood", async () => {
      const { id, sealed } = await liar.seal({
        kind: "unknown",
        sentAt: 1,
        type: "poll.v9",
        fallback: "Tea or coffee?",
      });
      liar.delivers(id, sealed);
      await liar.confirmed();
      assert.deepEqual(await transcript(), ["* opened", "< Tea or coffee?"]);
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

    it("confirms a message whose listener threw", async () => {
      alice.messenger.on("message", () => {
        throw new Error("a bug in a view");
      });
      await liar.says("hello");
      await liar.confirmed();
      assert.deepEqual(await transcript(), ["* opened", "< hello"]);
    });
  });

  describe("about the listed conversations", () => {
    const ordered = (...ids: readonly ConversationId[]) => ids.toSorted();
    /**
     * Answers the list request of a messenger whose history may have been lost.
     * @returns the id after which to list
     */
    async function lists(by: Liar, ids: readonly ConversationId[]): Promise<ConversationId | undefined> {
      const { id, body } = await by.next(Opcode.CONVERSATIONS);
      by.line.send(Opcode.CONVERSATIONS, id, ConversationListSchema, { conversations: ids.map(idBytes) });
      return conversationIdFrom(fromBinary(ConversationQuestionSchema, body).after);
    }
    async function told(by: Liar): Promise<{ envelope: Envelope; of: ConversationId | undefined }> {
      const envelope = await by.next(Opcode.NOTIFY);
      const { reason, peer, conversation } = fromBinary(NotifySchema, envelope.body);
      assert.deepEqual([reason, peer], [EndReason.LOST_STATE, ""]);
      return { envelope, of: conversationIdFrom(conversation) };
    }
    async function comesBack(): Promise<Liar> {
      liar.line.destroy();
      liar = new Liar((await server.accept()).letIn(), liar.bob);
      await alice.isOnline();
      return liar;
    }
    /** Asserts that it requests no list: the request key is the last message of a sign-in. */
    async function asksNothing(by: Liar): Promise<void> {
      const said: Opcode[] = [];
      while (said.at(-1) !== Opcode.REQUEST_KEY) said.push((await by.line.next()).opcode);
      assert.ok(!said.includes(Opcode.CONVERSATIONS) && !said.includes(Opcode.NOTIFY), said.join());
    }

    it("reports unknown ones, one at a time and once, and no others", async () => {
      const question = await liar.next(Opcode.CONVERSATIONS);
      await liar.opensChat(alice);
      const strays = ordered(newConversationId(), newConversationId());
      assert.ok(liar.conversation);
      liar.line.send(Opcode.CONVERSATIONS, question.id, ConversationListSchema, {
        conversations: ordered(...strays, liar.conversation.id).map(idBytes),
      });
      const first = await told(liar);
      assert.equal(liar.line.waiting(Opcode.NOTIFY), 0);
      liar.answer(first.envelope, Delivery.STORED);
      const second = await told(liar);
      liar.refuse(second.envelope, ErrorCode.NO_CONVERSATION);
      assert.deepEqual([first.of, second.of], strays);
      await liar.says("hello");
      await liar.confirmed();
      assert.deepEqual(await transcript(), ["* opened", "< hello"]);
      await asksNothing(await comesBack());
    });

    it("starts again after a cut, a busy server or an error, until all are reported", async () => {
      const [one = newConversationId(), other = newConversationId()] = ordered(
        newConversationId(),
        newConversationId(),
      );
      liar.refuse(await liar.next(Opcode.CONVERSATIONS), ErrorCode.RATE_LIMITED, 50);
      await lists(liar, [one, other]);
      liar.answer((await told(liar)).envelope);
      await told(liar);
      await comesBack();
      await lists(liar, [other]);
      liar.refuse((await told(liar)).envelope, ErrorCode.INTERNAL);
      await lists(liar, [other]);
      const last = await told(liar);
      assert.equal(last.of, other);
      liar.answer(last.envelope);
      await liar.opensChat(alice);
      await asksNothing(await comesBack());
    });

    it("asks for the next page after a full list", async () => {
      const many = ordered(...Array.from({ length: MAX_LISTED_CONVERSATIONS + 1 }, newConversationId));
      assert.equal(await lists(liar, many.slice(0, -1)), undefined);
      for (const id of many.slice(0, -1)) {
        const { envelope, of } = await told(liar);
        assert.equal(of, id);
        liar.answer(envelope);
      }
      assert.equal(await lists(liar, many.slice(-1)), many.at(-2));
      assert.equal((await told(liar)).of, many.at(-1));
    });
  });

  describe("about delivery", () => {
    beforeEach(() => liar.opensChat(alice));

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
      await alice.until(
        "in the next epoch",
        async () => (await transcript()).at(-1) === "< in the next epoch",
      );
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

  describe("about keys", () => {
    it("refuses a Welcome of a key other than the requester's", async () => {
      const id = newConversationId();
      liar.establishes(id, await liar.welcomeFor(alice, id, Identity.generate()));
      const told = await liar.next(Opcode.NOTIFY);
      assert.equal(conversationIdFrom(fromBinary(NotifySchema, told.body).conversation), id);
      liar.answer(told);
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "key-changed");
      assert.deepEqual(await transcript(), ["* key-changed"]);
      // The requester's key is the one that stays, if the user says so.
      await alice.keepsOldKey({ name: BOB });
      await liar.opensChat(alice);
      await liar.says("it is me");
      await liar.confirmed();
      assert.deepEqual(await transcript(), ["* key-changed", "* opened", "< it is me"]);
    });

    it("continues in the open conversation when the user keeps the old key", async () => {
      await liar.opensChat(alice);
      const impostor = new Liar(liar.line);
      impostor.requests(newConversationId());
      await alice.until("stopped", () => alice.messenger.chat(directChat(BOB)).phase === "key-changed");
      await assert.rejects(alice.messenger.send({ chat: directChat(BOB), text: "secret" }));
      await alice.keepsOldKey({ name: BOB });
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
      await alice.messenger.send({ chat: directChat(BOB), text: "for the real one" });
      assert.equal((await liar.hears()).text, "for the real one");
    });

    it("fails all waiting messages when a key changes, and sends none", async () => {
      await liar.opensChat(alice);
      await alice.messenger.send({ chat: directChat(BOB), text: "under way" });
      const { envelope } = await liar.hears();
      new Liar(liar.line).requests(newConversationId());
      await alice.until("stopped", () => alice.messenger.chat(directChat(BOB)).phase === "key-changed");
      const message = (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 2 } }))[0];
      assert.equal(message?.state, "failed");
      assert.equal(message?.failure, "identity-changed");
      liar.refuse(envelope, ErrorCode.RATE_LIMITED, 1);
      liar.line.destroy();
      const next = new Liar((await server.accept()).letIn());
      next.requests(newConversationId());
      await next.confirmed();
      assert.equal(next.line.waiting(Opcode.MESSAGE), 0);
    });

    it("makes no conversation with another person's KeyPackage, and notifies the peer", async () => {
      for (const keyPackage of [
        (await prepareToJoin(username("mallory"), Identity.generate())).keyPackage,
        randomBytes(2000),
      ]) {
        const asking = alice.messenger.request({ peer: BOB });
        const request = await liar.next(Opcode.RTT);
        liar.answer(request, Delivery.UNSPECIFIED);
        await asking;
        const { conversation } = fromBinary(RequestToTalkSchema, request.body);
        liar.line.send(Opcode.ACCEPT, 900, AcceptSchema, { conversation, peer: BOB, keyPackage });
        const told = await liar.next(Opcode.NOTIFY);
        assert.deepEqual(fromBinary(NotifySchema, told.body).conversation, conversation);
        liar.answer(told);
        assert.equal(alice.messenger.chat(directChat(BOB)).phase, "none");
        assert.equal(partner(alice.messenger.chat(directChat(BOB))).trust, "unknown");
      }
    });

    it("ignores a request that its key did not sign", async () => {
      const id = newConversationId();
      liar.line.send(Opcode.RTT, 77, RequestToTalkSchema, {
        conversation: idBytes(id),
        peer: BOB,
        identityKey: liar.bob.publicKey,
        signature: signTalkRequest(liar.bob, { ...liar.asked(id), requester: username("mallory") }),
      });
      assert.equal((await liar.next(Opcode.ACK)).id, 77);
      assert.deepEqual(alice.messenger.chats(), []);
    });

    it("refuses a request for a key other than its own, and tells the requester", async () => {
      const id = newConversationId();
      const asked = { ...liar.asked(id), addresseeKey: Identity.generate().publicKey };
      liar.line.send(Opcode.RTT, 77, RequestToTalkSchema, {
        conversation: idBytes(id),
        peer: BOB,
        identityKey: liar.bob.publicKey,
        signature: signTalkRequest(liar.bob, asked),
        addresseeKey: asked.addresseeKey,
      });
      const refused = await liar.next(Opcode.REFUSE);
      assert.equal(conversationIdFrom(fromBinary(RefuseSchema, refused.body).conversation), id);
      assert.deepEqual(alice.messenger.chats(), []);
    });

    it("names the known key in its requests: the one shown for an online person, else the pinned one", async () => {
      const addresseeKey = async (wait: boolean) => {
        const asking = alice.messenger.request({ peer: BOB, wait });
        const request = await liar.next(Opcode.RTT);
        liar.answer(request, wait ? Delivery.STORED : Delivery.UNSPECIFIED);
        await asking;
        await alice.closes({ name: BOB });
        liar.answer(await liar.next(Opcode.NOTIFY));
        return Buffer.from(fromBinary(RequestToTalkSchema, request.body).addresseeKey);
      };
      assert.equal((await addresseeKey(true)).length, 0);
      await liar.opensChat(alice);
      await alice.closes({ name: BOB });
      liar.answer(await liar.next(Opcode.NOTIFY));
      assert.deepEqual(await addresseeKey(true), Buffer.from(liar.bob.publicKey));
      const shown = Identity.generate().publicKey;
      liar.line.send(Opcode.PRESENCE, 0, UserSchema, {
        name: BOB,
        identityKey: shown,
        presence: Presence.ONLINE,
      });
      await alice.until("online", () => partner(alice.messenger.chat(directChat(BOB))).online);
      assert.deepEqual(await addresseeKey(false), Buffer.from(shown));
    });

    it("shows the server's claimed key only while none is pinned, and stops no chat for it", async () => {
      const claim = (identityKey: Uint8Array) =>
        liar.line.send(Opcode.PRESENCE, 0, UserSchema, { name: BOB, identityKey, presence: Presence.ONLINE });
      claim(Identity.generate().publicKey);
      await alice.until("online", () => partner(alice.messenger.chat(directChat(BOB))).online);
      const claimed = alice.messenger.people()[0];
      assert.equal(claimed?.trust, "unknown");
      await liar.opensChat(alice);
      const pinned = alice.messenger.people()[0];
      assert.notEqual(pinned?.fingerprint, claimed?.fingerprint);
      claim(Identity.generate().publicKey);
      await liar.says("still here");
      await liar.confirmed();
      assert.deepEqual(alice.messenger.people(), [pinned]);
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
    });

    it("accepts, after a crash in between, with the KeyPackage that it sent before", async () => {
      const id = newConversationId();
      liar.requests(id);
      await alice.until("invited", () => alice.messenger.chat(directChat(BOB)).phase === "invited");
      const accepting = alice.accepts({ name: BOB });
      const sent = await liar.next(Opcode.ACCEPT);
      const image = alice.crashImage();
      await alice.remove();
      await accepting;
      await image.open();
      alice = image;
      await image.messenger.connect();
      const next = new Liar((await server.accept()).letIn(), liar.bob);
      const again = await next.next(Opcode.ACCEPT);
      assert.deepEqual(Buffer.from(again.body), Buffer.from(sent.body));
      next.answer(again);
      const { keyPackage } = fromBinary(AcceptSchema, again.body);
      const made = await Conversation.create({
        ...{ id, name: BOB, identity: liar.bob, peer: alice.name, keyPackage },
        check: () => true,
      });
      next.conversation = made.conversation;
      next.establishes(id, made.welcome);
      await next.says("there you are");
      await next.confirmed();
      assert.deepEqual(await transcript(), ["* opened", "< there you are"]);
    });
  });

  describe("about requests", () => {
    async function comesOnline(): Promise<void> {
      await alice.open();
      await alice.messenger.connect();
      liar = new Liar((await server.accept()).letIn(), liar.bob);
      await alice.isOnline();
    }
    /** Runs SQL on her store while her messenger is closed. */
    function onDisk(sql: string): void {
      const database = new DatabaseSync(alice.database);
      database.exec(sql);
      database.close();
    }

    it("returns to the earlier state when an accepted request no longer exists", async () => {
      liar.requests(newConversationId());
      await alice.until("invited", () => alice.messenger.chat(directChat(BOB)).phase === "invited");
      const accepting = assert.rejects(alice.accepts({ name: BOB }), { code: "no-conversation" });
      liar.refuse(await liar.next(Opcode.ACCEPT), ErrorCode.NO_CONVERSATION);
      await accepting;
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "none");
    });

    it("reports that its own was displaced by others, and sends it again on request", async () => {
      const asking = alice.messenger.request({ peer: BOB, wait: true });
      const asked = await liar.next(Opcode.RTT);
      liar.answer(asked, Delivery.STORED);
      await asking;
      const id = conversationIdFrom(fromBinary(RequestToTalkSchema, asked.body).conversation);
      liar.notifies(EndReason.GAVE_WAY, id);
      await alice.isIn({ name: BOB }, "none");
      assert.deepEqual(await transcript(), ["* gave-way"]);
      const again = alice.messenger.request({ peer: BOB, wait: true });
      liar.answer(await liar.next(Opcode.RTT), Delivery.STORED);
      await again;
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "requested");
    });

    it("accepts the crossing request that the server reports, though it never saw it", async () => {
      const theirs = newConversationId();
      const asking = alice.messenger.request({ peer: BOB });
      const { id } = await liar.next(Opcode.RTT);
      const crossed = { code: ErrorCode.REQUEST_CROSSED, conversation: idBytes(theirs) };
      liar.line.send(Opcode.ERROR, id, ErrorSchema, crossed);
      const accept = await liar.next(Opcode.ACCEPT);
      assert.equal(conversationIdFrom(fromBinary(AcceptSchema, accept.body).conversation), theirs);
      liar.answer(accept);
      await asking;
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "establishing");
    });

    it("stops waiting for an answer that could not be stored, and continues once it can be", async () => {
      const id = newConversationId();
      liar.requests(id);
      await alice.isIn({ name: BOB }, "invited");
      await alice.close();
      onDisk("CREATE TRIGGER full BEFORE DELETE ON outbox BEGIN SELECT RAISE(FAIL, 'no room'); END");
      await comesOnline();
      const accepting = alice.accepts({ name: BOB });
      const accept = await liar.next(Opcode.ACCEPT);
      liar.answer(accept);
      await accepting;
      assert.match(alice.complaints.at(-1) ?? "", /could not be written down/);
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "establishing");
      await alice.close();
      onDisk("DROP TRIGGER full");
      await comesOnline();
      const again = await liar.next(Opcode.ACCEPT);
      assert.deepEqual(Buffer.from(again.body), Buffer.from(accept.body));
    });

    it("handles an ACCEPT that arrives together with the answer to the request", async () => {
      const asking = alice.messenger.request({ peer: BOB });
      const request = await liar.next(Opcode.RTT);
      const { conversation } = fromBinary(RequestToTalkSchema, request.body);
      const joining: Joining = await prepareToJoin(BOB, liar.bob);
      liar.line.send(Opcode.ACCEPT, 5, AcceptSchema, {
        conversation,
        peer: BOB,
        keyPackage: joining.keyPackage,
      });
      liar.answer(request, Delivery.UNSPECIFIED);
      const establishment = await liar.next(Opcode.CC_SESSION_ESTABLISHMENT);
      liar.answer(establishment);
      await asking;
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
      const id = conversationIdFrom(conversation);
      assert.ok(id);
      liar.conversation = await Conversation.join({
        ...{ id, name: BOB, identity: liar.bob, peer: alice.name, joining },
        ...{ welcome: fromBinary(SessionEstablishmentSchema, establishment.body).welcome, check: () => true },
      });
      await alice.messenger.send({ chat: directChat(BOB), text: "done" });
      assert.equal((await liar.hears()).text, "done");
    });
  });
});
