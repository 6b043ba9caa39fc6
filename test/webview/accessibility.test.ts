/** The chat panel by keyboard and screen reader, in VS Code's four themes. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { HostMessage } from "../../extension/contract/panel.ts";
import { type ChatPage, chatPages, header, idOf, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

/** One of everything that can be on the page. */
const everything: readonly HostMessage[] = [
  header({ firstUnread: idOf(5) }),
  page(
    [
      message(1, "", { body: { kind: "event", event: "opened" } }),
      message(
        2,
        "# Title\n\ntext **bold** `code` [docs](https://example.org) \u202e\n\n> quote\n\n1. one\n2. two\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |",
      ),
      message(
        3,
        `\`\`\`ts\n/** comment */\nexport class A<T> { #b = "c" + 1 + null; d(e: string): void { return this.b(/x/); } } ${"x".repeat(200)}\n\`\`\`\n${"`".repeat(3)}diff\n-a\n+b\n${"`".repeat(3)}`,
      ),
      message(4, '```json\n{ "a": [1, true, "b"] }\n```\n```html\n<a href="x">y</a>\n```', {
        mine: true,
        state: "read",
      }),
      message(11, "- [x] done\n- [ ] open\n\n|a|b|\n|-:|:-:|\n|1|2|"),
      message(12, "👍"),
      message(13, Array.from({ length: 50 }, (_, line) => `line ${line}`).join("\n"), {
        mine: true,
        state: "read",
        expiry: { seconds: 60 },
      }),
      message(5, "", { body: { kind: "unknown", type: "poll", fallback: "A poll" } }),
      ...(["waiting", "sending", "sent", "delivered", "failed"] as const).map((state, index) =>
        message(6 + index, state, { mine: true, state, failureText: "bob is away." }),
      ),
    ],
    false,
  ),
  { type: "draft", text: "a draft" },
];

describe("a chat panel for everybody", function () {
  this.timeout(180_000);
  const open = chatPages();

  const focused = (on: ChatPage) =>
    on.page.evaluate(() => document.activeElement?.closest("[data-key]")?.getAttribute("data-key"));

  for (const [name, theme] of Object.entries(themes))
    it(`has no fault that axe can find, ${name}`, async () => {
      const chat = await open(theme, { width: 760, height: 1400 });
      await chat.give(...everything);
      for (const state of [
        header(),
        header({ online: false }),
        header({ phase: "invited" }),
        header({ phase: "none" }),
        header({ phase: "key-changed", trust: "changed" }),
      ]) {
        await chat.give(state);
        const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
          [],
        );
      }
      await chat.page.locator(".message").nth(1).hover();
      await chat.page.locator(".message").nth(1).focus();
      const { violations } = await new AxeBuilder({ page: chat.page }).withRules("color-contrast").analyze();
      assert.deepEqual(
        violations.map(({ nodes }) => nodes.map(({ html }) => html)),
        [],
        "what only shows on hover",
      );
      await chat.page.keyboard.press("Enter");
      await chat.page.keyboard.press("End");
      const menu = await new AxeBuilder({ page: chat.page }).include(".menu").analyze();
      assert.deepEqual(
        menu.violations.map(({ id }) => id),
        [],
        "the menu of a message",
      );
    });

  it("is navigated by arrow keys, with one Tab stop", async () => {
    const chat = await open(themes.dark);
    await chat.give(
      header(),
      page(
        [1, 2, 3].map((position) => message(position, `[link ${position}](https://example.org/${position})`)),
      ),
    );
    await chat.composer.focus();
    await chat.page.keyboard.press("Shift+Tab");
    await chat.page.keyboard.press("Shift+Tab");
    assert.equal(await focused(chat), idOf(3), "from the composer back to the newest message");
    for (const [key, position] of [
      ["ArrowUp", 2],
      ["ArrowUp", 1],
      ["ArrowUp", 1],
      ["End", 3],
      ["Home", 1],
      ["ArrowDown", 2],
    ] as const) {
      await chat.page.keyboard.press(key);
      assert.equal(await focused(chat), idOf(position), key);
    }
    await chat.page.keyboard.press("Tab");
    await chat.page.keyboard.press("Enter");
    assert.deepEqual(await chat.posted("openLink"), [{ type: "openLink", href: "https://example.org/2" }]);
    await chat.page.keyboard.press("Tab");
    assert.equal(
      await chat.composer.evaluate((input) => input === document.activeElement),
      true,
      "links of other messages are no stops",
    );
    await chat.page.keyboard.press("Shift+Tab");
    await chat.page.keyboard.press("Escape");
    assert.equal(await chat.composer.evaluate((input) => input === document.activeElement), true);
  });

  it("keeps the focus on a message while others arrive and change", async () => {
    const chat = await open(themes.dark);
    await chat.give(header(), page([message(1, "a"), message(2, "b", { mine: true, state: "sent" })]));
    await chat.messages.first().focus();
    await chat.give(
      { type: "added", message: message(3, "c") },
      { type: "updated", message: message(2, "b", { mine: true, state: "read" }) },
    );
    assert.equal(await focused(chat), idOf(1));
  });

  it("copies a message by keyboard, in every layout, or by menu, once", async () => {
    const chat = await open(themes.dark);
    await chat.give(header(), page([message(1, "some **text**")]));
    const row = chat.messages.first();
    await row.focus();
    const copied = () => chat?.posted("copy");
    await chat.page.keyboard.press("Control+c");
    assert.deepEqual(await copied(), [{ type: "copy", text: "some **text**" }]);
    for (const [key, code] of [
      ["C", "KeyC"], // Caps Lock
      ["с", "KeyC"], // Russian
      ["ψ", "KeyC"], // Greek
      ["ב", "KeyC"], // Hebrew
      ["c", "KeyI"], // Dvorak
    ] as const)
      await row.dispatchEvent("keydown", { key, code, ctrlKey: true, bubbles: true, cancelable: true });
    assert.equal((await copied())?.length, 6);
    await row.dispatchEvent("keydown", { key: "j", code: "KeyC", ctrlKey: true, bubbles: true }); // Dvorak
    await row.dispatchEvent("keydown", {
      key: "C",
      code: "KeyC",
      ctrlKey: true,
      shiftKey: true,
      bubbles: true,
    });
    assert.equal((await copied())?.length, 6);
    await row.dispatchEvent("copy", { bubbles: true, cancelable: true });
    assert.equal((await copied())?.length, 7);
    await row.locator("strong").selectText();
    await row.dispatchEvent("copy", { bubbles: true, cancelable: true });
    assert.equal((await copied())?.length, 7, "what is selected is copied by the browser");
  });

  it("moves the focus on when the button that had it disappears", async () => {
    const chat = await open(themes.dark);
    await chat.give(header({ phase: "invited" }));
    await chat.page.getByRole("button", { name: "Accept" }).focus();
    await chat.page.keyboard.press("Enter");
    await chat.give(header());
    assert.equal(await chat.composer.evaluate((input) => input === document.activeElement), true);
  });

  it("announces new messages once, a burst as one", async () => {
    const chat = await open(themes.dark);
    await chat.give(header(), page([message(1, "old")]));
    assert.equal(await chat.live.textContent(), "", "history is not read out");
    await chat.give({ type: "added", message: message(2, "hello **there**") });
    await chat.page.waitForFunction(
      () => document.querySelector("[aria-live=polite]")?.textContent === "bob: hello there",
    );
    await chat.give(
      ...[3, 4, 5].map((position) => ({ type: "added" as const, message: message(position, "x") })),
    );
    await chat.page.waitForFunction(
      () => document.querySelector("[aria-live=polite]")?.textContent === "3 new messages from bob",
    );
    await chat.give({ type: "added", message: message(6, "mine", { mine: true, state: "sent" }) });
    assert.equal(
      await chat.live.textContent(),
      "3 new messages from bob",
      "one's own words are not read out",
    );
    assert.equal(await chat.log.getAttribute("aria-live"), "off", "the log itself does not speak too");
  });

  it("has a spoken summary of each message", async () => {
    const chat = await open(themes.dark);
    await chat.give(
      header(),
      page([message(1, "hello\n\nworld"), message(2, "x".repeat(500), { mine: true, state: "delivered" })]),
    );
    const labels = await chat.messages.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
    assert.equal(labels[0], "bob, 13:01: hello world");
    assert.equal(labels[1], `You, 13:02: ${"x".repeat(140)}… (Delivered)`);
  });

  it("speaks the rendered text, not the Markdown", async () => {
    const chat = await open(themes.dark);
    const spoken = {
      "```ts\na\nb\nc\nd\n```\nthanks **a lot**": "code, ts, 4 lines thanks a lot",
      "```\nx\n```": "code, 1 line",
      "# Title\n- [x] one\n- [ ] two": "Title Done: one Not done: two",
      "[docs](https://example.org/a) https://example.org/b": "docs (example.org) https://example.org/b",
      "![a cat](https://example.org/c.png)": "Image: a cat (example.org)",
      "`a*b*c` and 2 * 3 * 4 \\*": "a*b*c and 2 * 3 * 4 \\*",
      "|a|b|\n|-|-|\n|1|2|": "a b 1 2",
      "> quoted\n\n---\n\n3. three": "quoted --- 3. three",
    };
    await chat.give(header(), page(Object.keys(spoken).map((text, index) => message(index, text))));
    const labels = await chat.messages.evaluateAll((all) =>
      all.map((one) => one.getAttribute("aria-label")?.replace(/^bob, [\d:]+: /, "")),
    );
    assert.deepEqual(labels, Object.values(spoken));
  });

  it("is usable at twice the size in a narrow panel", async () => {
    const chat = await open(themes.light, { width: 300, height: 400 });
    await chat.give(...everything);
    await chat.page.evaluate(() => {
      document.documentElement.style.setProperty("--vscode-font-size", "26px");
    });
    const overflow = await chat.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0, "nothing to scroll sideways");
    await chat.composer.click();
    assert.ok(((await chat.log.boundingBox())?.height ?? 0) > 60, "messages are still on screen");
  });

  it("hides nothing behind hovering from a screen reader's user", async () => {
    const chat = await open({
      ...themes.dark,
      bodyClass: "vscode-dark vscode-using-screen-reader",
    });
    await chat.give(...everything);
    assert.equal(
      await chat.page
        .locator(".code-copy")
        .first()
        .evaluate((button) => getComputedStyle(button).opacity),
      "1",
    );
  });

  it("has no animation when the user wants reduced motion", async () => {
    const chat = await open({ ...themes.dark, bodyClass: "vscode-dark vscode-reduce-motion" });
    await chat.give(...everything);
    assert.equal(await chat.page.evaluate(() => document.getAnimations().length), 0);
  });
});
