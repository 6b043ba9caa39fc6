import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { mock } from "node:test";
import type { Client } from "../../protocol/client/client.ts";
import type { Conversation } from "../../protocol/e2ee/conversation.ts";
import { established } from "../../protocol/e2ee/people-fixture.ts";
import { SIGNAL_FRESH_MS } from "../../protocol/limits.ts";
import { type ConversationId, newMessageId, username } from "../../protocol/names.ts";
import type { Context } from "../context.ts";
import { contextOver } from "../context-fixture.ts";
import type { MessengerEvents } from "../events.ts";
import type { Store } from "../store/store.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { directChat } from "./direct.ts";
import { TYPING_MS, Typing } from "./typing.ts";

const BOB = username("bob");
const CHAT = directChat(BOB);
const NOW = 1_800_000_000_000;

describe("typing", () => {
  let folder: StoreFolder;
  let store: Store;
  let context: Context;
  let emitter: EventEmitter<MessengerEvents>;
  let alices: Conversation;
  let bobs: Conversation;
  let sent: { conversation: ConversationId; sealed: Uint8Array }[];
  let shown: boolean[];
  let online: Set<string>;
  let isOn: boolean;
  let typing: Typing;
  /** Monotonic milliseconds. */
  let clock: number;

  beforeEach(async () => {
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW });
    ({ alices, bobs } = await established());
    [folder, emitter] = [new StoreFolder(), new EventEmitter()];
    store = folder.open().store;
    [sent, shown, online, isOn, clock] = [[], [], new Set([BOB]), true, 0];
    const client = {
      users: online,
      signal: (conversation: ConversationId, sealed: Uint8Array) => void sent.push({ conversation, sealed }),
    } as unknown as Client;
    context = contextOver(store, { emitter, client });
    store.transaction(() => {
      const chat = store.chats.ensure(CHAT);
      context.conversations.put(chat.number, alices);
      store.chats.put({ ...chat, phase: "open", group: { ...chat.group, current: alices.id } });
    });
    emitter.on("typing", ({ chat, person, typing: is }) => {
      assert.deepEqual([chat, person], [CHAT, BOB]);
      shown.push(is);
    });
    typing = begin();
  });
  afterEach(() => {
    typing.close();
    folder.remove();
    mock.timers.reset();
  });

  const begin = () =>
    new Typing(
      context,
      emitter,
      () => isOn,
      () => clock,
    );
  const pass = (ms: number) => {
    clock += ms;
    mock.timers.tick(ms);
  };
  const hears = (sealed = bobs.sealTyping(Date.now())) => typing.heard({ conversation: alices.id, sealed });
  const put = (change: Partial<ReturnType<Store["chats"]["ensure"]>>) =>
    store.transaction(() => {
      const chat = store.chats.ensure(CHAT);
      store.chats.put({ ...chat, ...change });
    });

  describe("of the user", () => {
    it("is told to the other person in the conversation's own key, at most every three seconds", async () => {
      for (let key = 0; key < 70; key++, pass(100)) await typing.typed(CHAT);
      assert.equal(sent.length, 3);
      for (const { conversation, sealed } of sent) {
        assert.equal(conversation, alices.id);
        assert.equal(bobs.openSignal(sealed).kind, "typing");
      }
    });

    const rules: readonly (readonly [string, () => void])[] = [
      ["the setting is off", () => (isOn = false)],
      ["the other person is away", () => online.clear()],
      ["the user is invisible", () => store.settings.set("invisible", "yes")],
      ["the chat is closed", () => put({ phase: "closed-by-peer" })],
      ["the other person's key has changed", () => put({ phase: "key-changed" })],
      ["the chat's keys are lost", () => put({ group: { ...store.chats.ensure(CHAT).group, lost: true } })],
      [
        "the other person is blocked",
        () => store.transaction(() => context.contacts.change(BOB, (one) => ({ ...one, blocked: true }))),
      ],
    ];
    for (const [title, change] of rules)
      it(`is told to nobody, then or later, while ${title}`, async () => {
        change();
        await typing.typed(CHAT);
        pass(60_000);
        assert.deepEqual(sent, []);
      });
    for (const [title, change] of rules.filter(([one]) => one !== rules[1]?.[0]))
      it(`of the other person is not shown while ${title}`, () => {
        change();
        hears();
        assert.deepEqual(shown, []);
      });

    it("is told to nobody in a chat that there is not", async () => {
      await typing.typed(directChat(username("carol")));
      assert.deepEqual(sent, []);
    });
  });

  describe("of the other person", () => {
    it("is shown until two signals are missing", () => {
      hears();
      pass(TYPING_MS - 1);
      hears();
      pass(TYPING_MS - 1);
      assert.deepEqual(shown, [true, true]);
      pass(1);
      assert.deepEqual(shown, [true, true, false]);
    });

    it("ends when a message of theirs comes, and not with the user's own", () => {
      hears();
      const message = { chat: CHAT, id: newMessageId(), at: NOW, position: 1 };
      const body = { kind: "text", text: "hi" } as const;
      emitter.emit("message", { ...message, body, author: username("alice") });
      assert.deepEqual(shown, [true]);
      emitter.emit("message", { ...message, body, author: BOB });
      assert.deepEqual(shown, [true, false]);
      pass(TYPING_MS);
      assert.deepEqual(shown, [true, false]);
    });

    it("ends when the line goes", () => {
      hears();
      typing.lineGone();
      assert.deepEqual(shown, [true, false]);
    });

    it("isn't shown again by the same signal, or an older one", () => {
      const older = bobs.sealTyping(NOW);
      pass(2000);
      const newer = bobs.sealTyping(Date.now());
      hears(newer);
      for (const replay of [newer, older]) {
        pass(2000);
        hears(replay);
      }
      assert.deepEqual(shown, [true]);
    });

    it("isn't shown by a signal that was held back, also after a restart, or of a time to come", () => {
      const [held, early] = [bobs.sealTyping(NOW), bobs.sealTyping(NOW + 2 * SIGNAL_FRESH_MS + 2)];
      pass(SIGNAL_FRESH_MS + 1);
      for (const sealed of [held, early]) {
        typing.close();
        typing = begin();
        hears(sealed);
      }
      assert.deepEqual(shown, []);
    });

    it("isn't shown by anything else that a server can make, and the next real one is", () => {
      for (const sealed of [
        new Uint8Array(0),
        Buffer.alloc(156),
        alices.sealTyping(NOW),
        bobs.sealTyping(NOW).subarray(1),
      ]) {
        hears(sealed);
        pass(1000);
      }
      assert.deepEqual(shown, []);
      hears();
      assert.deepEqual(shown, [true]);
    });

    it("is opened once a second, however many signals come", () => {
      let opened = 0;
      const open = alices.openSignal.bind(alices);
      alices.openSignal = (sealed) => {
        opened += 1;
        return open(sealed);
      };
      for (let one = 0; one < 1000; one++) {
        hears();
        pass(10);
      }
      assert.equal(opened, 10);
    });
  });
});
