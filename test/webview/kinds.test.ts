/** Kinds for tests only, on the page: drawn by their cards, and otherwise handled by their effect. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import type { Plugin } from "esbuild";
import type { PanelMessage } from "../../extension/contract/panel.ts";
import type { Aside, Card } from "../fixtures/kinds/data.ts";
import { type ChatPage, chatPages, header, message, page, webviewBundle } from "./chat-page.ts";
import { themes } from "./themes.ts";

const folder = resolve("test/fixtures/kinds");
const IN_THE_PLACE_OF: Readonly<Record<string, string>> = {
  [resolve("messenger/kinds/registry.ts")]: `${folder}/registry.ts`,
  [resolve("extension/webview/cards/registry.ts")]: `${folder}/cards.ts`,
};
const withTestKinds: Plugin = {
  name: "with-test-kinds",
  setup: ({ onResolve }) => {
    onResolve({ filter: /registry\.ts$/ }, ({ path, resolveDir, importer }) => {
      const replaced = importer.startsWith(folder) ? undefined : IN_THE_PLACE_OF[resolve(resolveDir, path)];
      return replaced === undefined ? undefined : { path: replaced };
    });
  },
};

const shows = (position: number, body: Card | Aside, changes: Partial<PanelMessage> = {}): PanelMessage => ({
  ...message(position, "", changes),
  body: body as unknown as PanelMessage["body"], // The page is built with this kind.
});
const card = (title: string): Card => ({ kind: "test-card", title, version: 0 });

describe("a kind of message on the page", function () {
  this.timeout(180_000);
  const open = chatPages();
  let chat: ChatPage;
  beforeEach(async () => {
    chat = await open(themes.light, { width: 760, height: 400 }, undefined, {
      script: await webviewBundle("main.ts", [withTestKinds]),
    });
  });

  it("is rendered by its card, spoken and copied by its text, and rendered again when it changes", async () => {
    await chat.give(header(), page([shows(1, card("the draft")), message(2, "a text")]));
    assert.equal(await chat.page.locator(".test-card").innerText(), "the draft");
    assert.match((await chat.messages.first().getAttribute("aria-label")) ?? "", /Card: the draft/);
    await chat.messages.first().focus();
    await chat.page.keyboard.press("Enter");
    const items = await chat.page.getByRole("menuitem").allInnerTexts();
    assert.ok(items.includes("Copy Text") && !items.includes("Copy as Markdown"), items.join());
    await chat.page.keyboard.press("c");
    await chat.page.keyboard.press("Enter");
    assert.equal((await chat.posted("copy")).at(-1)?.text, "Card: the draft");
    await chat.give({ type: "updated", message: shows(1, card("the plan")) });
    await chat.page.locator(".test-card", { hasText: "the plan" }).waitFor();
  });

  it("counts as missed only when it counts as unread", async () => {
    const long = Array.from({ length: 60 }, (_, n) => message(n + 1, `line ${n}`));
    await chat.give(header(), page(long));
    await chat.log.evaluate((log) => {
      log.scrollTop = 0;
    });
    const pill = chat.page.locator(".pill");
    await pill.waitFor();
    await chat.give({ type: "added", message: shows(61, { kind: "test-aside", remark: "by the way" }) });
    assert.match(await pill.innerText(), /Latest messages/);
    await chat.give({ type: "added", message: shows(62, card("new")) });
    await chat.page.locator(".pill", { hasText: "1 new message" }).waitFor();
  });
});
