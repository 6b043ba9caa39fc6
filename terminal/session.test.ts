import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { directChat } from "../messenger/chats/direct.ts";
import type { Chat, ChatMessage, MessengerLog } from "../messenger/model.ts";
import type { SharedMessenger } from "../messenger/sharing/shared-messenger.ts";
import { username } from "../protocol/names.ts";
import type { Screen } from "./screen.ts";
import { Session } from "./session.ts";

const BOB = { id: directChat(username("bob")), title: "bob", phase: "open", unread: 0 } as unknown as Chat;
const SCREEN: Screen = { print: () => {}, prompt: () => {}, clear: () => {}, close: () => {} };
const LOG = { error: assert.fail } as unknown as MessengerLog;

/** A messenger whose server accepts a message when `sent` is called. */
class SlowMessenger extends EventEmitter {
  readonly account = undefined;
  readonly state = { type: "online" };
  readonly calls = {
    putAway: async () => {},
    typed: async ({ chat }: { chat: string }) => {
      this.emit("typed", chat);
    },
    send: async ({ id }: { id: string }): Promise<Partial<ChatMessage>> => {
      this.emit("asked", id);
      return { state: "sending" };
    },
  };
  chats = () => [];
  people = () => [];
  chat = () => BOB;
}

describe("a terminal's session", () => {
  for (const line of ["/quit", " /quit ", "/quit now"])
    it(`waits for the messages typed before ${JSON.stringify(line)}`, async () => {
      const messenger = new SlowMessenger();
      const session = new Session({
        messenger: messenger as unknown as SharedMessenger,
        ...{ screen: SCREEN, log: LOG, patienceMs: Number.POSITIVE_INFINITY },
      });
      let over = false;
      void session.ended.then(() => {
        over = true;
      });
      await session.open(BOB.id);
      const asked = new Promise<string>((resolve) => messenger.once("asked", resolve));
      session.take("hello");
      session.take(line);
      const id = await asked;
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      assert.equal(over, false);
      messenger.emit("updated", { id, chat: BOB.id, state: "sent" });
      assert.equal(await session.ended, "quit");
    });

  it("reports a message that is being typed, and no command, and shows the other's typing in the prompt", async () => {
    const messenger = new SlowMessenger();
    const prompts: string[] = [];
    const screen = { ...SCREEN, prompt: (text: string) => void prompts.push(text) };
    const session = new Session({
      messenger: messenger as unknown as SharedMessenger,
      ...{ screen, log: LOG, patienceMs: Number.POSITIVE_INFINITY },
    });
    const told: unknown[] = [];
    messenger.on("typed", (chat) => told.push(chat));
    session.typed("nobody's chat is open");
    await session.open(BOB.id);
    for (const line of ["", " ", "/", "/edit no"]) session.typed(line);
    assert.deepEqual(told, []);
    session.typed("h");
    session.typed("h");
    session.typed("he");
    assert.deepEqual(told, [BOB.id]);
    prompts.length = 0;
    for (const typing of [true, true, false]) messenger.emit("typing", { chat: BOB.id, typing });
    messenger.emit("typing", { chat: "user:carol", typing: true });
    assert.deepEqual(prompts, ["bob (typing…)> ", "bob> "]);
  });
});
