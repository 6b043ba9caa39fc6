/** A message's actions, by pointer, by keyboard and through the editor's own context menu. */
import assert from "node:assert/strict";
import { type ChatPage, header, idOf, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

const WRITTEN = "**bold** [docs](https://example.org/a)\n\n- [x] one\n2. two\n\n```ts\nconst a = 1;\n```";

describe("the menu of a message", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  withChatPage(themes.light, async (opened) => {
    chat = opened;
    await chat.give(
      header(),
      page([
        message(1, WRITTEN),
        message(2, "mine", { mine: true, state: "failed", failureText: "bob is away." }),
        message(3, "```ts\nx\n```\n```ts\ny\n```", { mine: true, state: "read", expiry: { seconds: 60 } }),
      ]),
    );
  });
  const copied = async () => (await chat.posted("copy")).at(-1)?.text;
  const items = () => chat.page.getByRole("menuitem").allInnerTexts();
  const focused = () => chat.page.evaluate(() => document.activeElement?.getAttribute("data-key"));

  it("opens by Enter, is navigated by arrows and letters, and returns the focus", async () => {
    await chat.messages.first().focus();
    await chat.page.keyboard.press("Enter");
    assert.deepEqual(
      (await items()).map((item) => item.split("\n")[0]?.trim()),
      ["Reply", "React…", "Copy Text", "Copy as Markdown", "Edit", "Delete…", "Show Details"],
    );
    await chat.page.keyboard.press("c");
    await chat.page.keyboard.press("Enter");
    assert.equal(
      await copied(),
      "bold docs (https://example.org/a)\n[x] one\n2. two\nconst a = 1;".replace("[x]", "- [x]"),
    );
    assert.equal(await focused(), idOf(1));
    await chat.page.keyboard.press("Enter");
    await chat.page.keyboard.press("c");
    await chat.page.keyboard.press("ArrowDown");
    await chat.page.keyboard.press("Enter");
    assert.equal(await copied(), WRITTEN);
    await chat.page.keyboard.press("Enter");
    await chat.page.keyboard.press("ArrowUp");
    await chat.page.keyboard.press("Escape");
    assert.equal(await focused(), idOf(1));
    assert.equal(await chat.page.getByRole("menu").count(), 0);
    await chat.page.keyboard.press("Enter");
    await chat.page.keyboard.press("Tab");
    assert.equal(await focused(), idOf(1), "Tab leaves the menu as well");
  });

  it("shows and announces the details, and hides them again", async () => {
    const row = chat.messages.nth(2);
    const details = async () => {
      await row.focus();
      await chat.page.keyboard.press("Enter");
      await chat.page.keyboard.press("End");
      await chat.page.keyboard.press("Enter");
    };
    await details();
    const text = (await row.locator(".details").textContent()) ?? "";
    assert.match(text, /^You, Sunday.* 13:03:00 · Read · Disappears 1 minute after it was sent$/);
    assert.equal(await chat.live.textContent(), text);
    await details();
    assert.equal(await row.locator(".details").count(), 0);
  });

  it("sends a failed message again", async () => {
    await chat.messages.nth(1).focus();
    await chat.page.keyboard.press("Enter");
    await chat.page.keyboard.press("End");
    await chat.page.keyboard.press("Enter");
    assert.deepEqual(await chat.posted("retry"), [{ type: "retry", id: idOf(2) }]);
  });

  it("opens by the pointer from the bar of the message, and closes by a click elsewhere", async () => {
    const row = chat.messages.first();
    const bar = row.locator(".row-actions");
    const opacity = () => bar.evaluate((element) => getComputedStyle(element).opacity);
    assert.equal(await opacity(), "0");
    await row.hover();
    assert.equal(await opacity(), "1");
    await row.getByRole("button", { name: "Copy", exact: true }).click();
    assert.equal(await copied(), WRITTEN);
    const more = row.getByRole("button", { name: "More…" });
    await more.click();
    assert.equal((await items()).length, 7);
    const box = await chat.page.getByRole("menu").boundingBox();
    assert.ok(
      box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= 760 && box.y + box.height <= 700,
    );
    await chat.page.locator("header h1").click();
    assert.equal(await chat.page.getByRole("menu").count(), 0);
  });

  it("gives the editor's context menu the message under the pointer", async () => {
    const contexts = await chat.messages.evaluateAll((rows) =>
      rows.map((row) => JSON.parse(row.getAttribute("data-vscode-context") ?? "null") as unknown),
    );
    assert.deepEqual(contexts.slice(0, 2), [
      {
        webviewSection: "message",
        messageId: idOf(1),
        preventDefaultContextMenuItems: true,
        hasText: true,
        canRetry: false,
        ...{ canAnswer: true, canChange: false, wasEdited: false },
      },
      {
        webviewSection: "message",
        messageId: idOf(2),
        preventDefaultContextMenuItems: true,
        hasText: true,
        canRetry: true,
        ...{ canAnswer: true, canChange: true, wasEdited: false },
      },
    ]);
  });

  it("has only one message's buttons in the Tab order", async () => {
    const stops = () =>
      chat.page
        .locator(".log")
        .evaluate((log) =>
          [...log.querySelectorAll<HTMLElement>("a, button, [data-key]")]
            .filter((element) => element.tabIndex >= 0)
            .map((element) => element.closest("[data-key]")?.getAttribute("data-key")),
        );
    assert.deepEqual(new Set(await stops()), new Set([idOf(3)]));
    for (const index of [0, 1, 2, 0]) {
      await chat.messages.nth(index).focus();
      await chat.page.evaluate(() => new Promise(requestAnimationFrame));
      assert.deepEqual(new Set(await stops()), new Set([idOf(index + 1)]));
    }
    await chat.give({
      type: "updated",
      message: message(3, `\`\`\`ts\n${"x".repeat(5)}\n\`\`\``, { mine: true, state: "failed" }),
    });
    await chat.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    assert.deepEqual(new Set(await stops()), new Set([idOf(1)]), "nor what is drawn later");
  });

  it("shows the button that copies code when the focus is there", async () => {
    const row = chat.messages.first();
    const button = row.getByRole("button", { name: "Copy code" });
    await row.focus();
    await button.focus();
    assert.equal(await button.evaluate((element) => getComputedStyle(element).opacity), "1");
    await chat.page.keyboard.press("Enter");
    assert.equal(await copied(), "const a = 1;");
    assert.equal(await button.evaluate((element) => element.classList.contains("copied")), true);
  });
});
