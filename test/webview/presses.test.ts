/** How many key presses a task in a chat takes, from the message box, without a mouse. */
import assert from "node:assert/strict";
import type { PageMessage } from "../../extension/contract/page-message.ts";
import type { PanelHeader, PanelMessage } from "../../extension/contract/panel.ts";
import { chatPages, header, idOf, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

const REQUEST = { shown: "asked", known: "You haven't chatted before.", key: "Key: aaaa" };
const MINE = message(2, "mine", { mine: true, state: "read" });

interface Story {
  readonly keys: readonly string[];
  readonly header?: Partial<PanelHeader>;
  readonly mine?: PanelMessage;
  readonly posts: PageMessage;
}

/** Keyed by the user's intention. */
const STORIES: Readonly<Record<string, Story>> = {
  "accept a request": {
    keys: ["Tab", "Enter"],
    header: { phase: "invited", request: REQUEST },
    posts: { type: "decide", decision: "accept", shown: "asked" },
  },
  "show the safety number": {
    keys: ["Shift+Tab", "Shift+Tab", "Shift+Tab", "Enter"],
    posts: { type: "action", action: "verifySafetyNumber" },
  },
  "search the chat from its menu": {
    keys: ["Shift+Tab", "Shift+Tab", "Enter", "Enter"],
    posts: { type: "action", action: "searchChat" },
  },
  "close the chat": {
    keys: ["Shift+Tab", "Shift+Tab", "Enter", "End", "Enter"],
    header: { standing: "open" },
    posts: { type: "decide", decision: "closeChat", shown: "open" },
  },
  "send a failed message again": {
    keys: ["ArrowUp", "Tab", "Enter"],
    mine: { ...MINE, state: "failed", failureText: "bob is away." },
    posts: { type: "retry", id: idOf(2) },
  },
  "reply to the last message": {
    keys: ["Shift+Tab", "Shift+Enter", "o", "k", "Enter"],
    mine: message(2, "theirs"),
    posts: { type: "draft", text: "", aim: { kind: "reply", target: idOf(2) } },
  },
  "edit one's own last message": {
    keys: ["ArrowUp", "!", "Enter"],
    mine: { ...MINE, at: Date.now() },
    posts: { type: "draft", text: "", aim: { kind: "edit", target: idOf(2), text: "mine" } },
  },
  "react to the last message with the emoji used last": {
    keys: ["Shift+Tab", "Enter", "ArrowDown", "Enter", "Enter"],
    posts: { type: "react", target: idOf(2), emoji: "👍", on: true },
  },
  "copy one's own last message": { keys: ["ArrowUp", "Control+c"], posts: { type: "copy", text: "mine" } },
};

describe("the keys that a task in a chat takes", function () {
  this.timeout(180_000);
  const open = chatPages();

  for (const [story, { keys, header: changes, mine = MINE, posts }] of Object.entries(STORIES))
    it(`to ${story}: ${keys.length}`, async () => {
      const chat = await open(themes.dark);
      await chat.give(header(changes), page([message(1, "hello"), mine]), { type: "focusComposer" });
      const trail: string[] = [];
      for (const key of keys) {
        await chat.page.keyboard.press(key);
        trail.push(
          await chat.page.evaluate(
            () =>
              document.activeElement?.getAttribute("title") ??
              document.activeElement?.textContent?.trim().slice(0, 30) ??
              "",
          ),
        );
      }
      const all = JSON.stringify(await chat.posts());
      assert.ok(all.includes(JSON.stringify(posts)), `${trail.join(" | ")}: ${all}`);
    });
});
