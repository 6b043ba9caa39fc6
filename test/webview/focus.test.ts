/** After any action, the next keys typed arrive in the composer. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { type ChatPage, header, idOf, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

describe("the keyboard in a chat panel", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  withChatPage(themes.dark, async (opened) => {
    chat = opened;
    await chat.give(
      header(),
      page([
        message(1, "one"),
        message(2, "[two](https://example.org/)", { mine: true, state: "sent" }),
        message(3, "three"),
      ]),
    );
    await chat.composer.focus();
    await chat.page.keyboard.type("half a sent");
  });

  /**
   * Loses the focus as in Chromium when the find widget closes or a shortcut moves the focus out of a frame.
   */
  const loseFocus = () =>
    chat.page.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    });
  const comeBack = () => chat.page.evaluate(() => window.dispatchEvent(new Event("focus")));

  const leavings: Readonly<Record<string, () => Promise<unknown>>> = {
    "the find widget": loseFocus,
    "another tab or a dialog": () => loseFocus().then(comeBack),
    "a click on nothing": () => chat.page.locator(".top").click({ position: { x: 1, y: 1 } }),
    "a message": () => chat.messages.first().focus(),
    "a link in a message": () => chat.page.locator("a[role=link]").focus(),
    "a button of the header": () => chat.page.locator("header button").first().focus(),
    "Escape on a message": async () => {
      await chat.messages.first().focus();
      await chat.page.keyboard.press("Escape");
    },
    "Escape in the header": async () => {
      await chat.page.locator("header button").first().focus();
      await chat.page.keyboard.press("Escape");
    },
    "a message that was deleted": async () => {
      await chat.messages.first().focus();
      await chat.give({ type: "removed", ids: [idOf(1)] });
    },
  };
  for (const [name, leave] of Object.entries(leavings))
    it(`keeps typing into the composer after ${name}`, async () => {
      await leave();
      await chat.page.keyboard.type("ence");
      assert.equal(await chat.composer.inputValue(), "half a sentence");
    });

  /** Presses a button, or all items of the menu that it opens, one after the other. */
  async function pressAll(button: Locator, press: (one: Locator) => Promise<void>): Promise<number> {
    const items = chat.page.getByRole("menuitem");
    const picker = chat.page.locator(".picker input");
    let pressed = 0;
    do {
      await press(button);
      if ((await items.count()) > 0) {
        await press(items.nth(pressed));
        assert.equal(await items.count(), 0, "the menu has closed");
      }
      const name = await button.evaluate((one) => one.getAttribute("aria-label") ?? one.textContent);
      pressed++;
      const after = `after "${name?.trim()}", ${pressed}`;
      if (await picker.isVisible()) {
        await chat.page.keyboard.type("e");
        assert.equal(await picker.inputValue(), "e", after);
        await chat.page.keyboard.press("Escape");
      }
      const edited = await chat.composer.inputValue();
      await chat.page.keyboard.type("e");
      assert.equal(await chat.composer.inputValue(), `${edited}e`, after);
      await chat.composer.press("Escape"); // ends a reply or an edit
      await chat.composer.fill("");
      await button.evaluate((one) => one.focus());
      await button.hover();
    } while (await menuHas(button, pressed));
    return pressed;
  }

  /** @returns whether the button opens a menu with more than `count` items */
  async function menuHas(button: Locator, count: number): Promise<boolean> {
    if ((await button.getAttribute("aria-haspopup")) === null) return false;
    await button.click();
    const items = await chat.page.getByRole("menuitem").count();
    await chat.page.keyboard.press("Escape");
    return items > count;
  }

  const presses: Readonly<Record<string, (one: Locator) => Promise<void>>> = {
    mouse: (one) => one.click(),
    Enter: (one) => one.press("Enter"),
    Space: (one) => one.press("Space"),
  };
  for (const [how, press] of Object.entries(presses))
    it(`keeps typing into the composer after every button and link of the page, by ${how}`, async () => {
      const long = Array.from({ length: 200 }, (_, line) => `line ${line}`).join("\n");
      await chat.give(
        page([
          message(1, "```ts\nconst a = 1;\n```\n\n[link](https://example.org/)"),
          message(2, "mine", { mine: true, state: "failed", failureText: "bob is away." }),
          message(3, long),
          message(4, "end", { mine: true, state: "sent" }),
        ]),
        header({ online: false, timerSeconds: 60 }),
      );
      await chat.composer.fill("");
      const all = chat.page.locator("button:not([disabled]), a[role=link]");
      const count = await all.count();
      let pressed = 0;
      for (let index = 0; index < count; index++) {
        const button = all.nth(index);
        await button.scrollIntoViewIfNeeded();
        await button.evaluate((one) => one.focus());
        await button.hover();
        pressed += await pressAll(button, press);
      }
      assert.ok(count > 10 && pressed > 20, `${count} buttons, ${pressed} presses`);
    });

  it("lends the focus to a question, and takes it back where it had it", async () => {
    const elsewhere = () =>
      chat.page.evaluate(() => {
        document.hasFocus = () => false;
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      });
    await chat.messages.nth(1).focus();
    await chat.give({ type: "lendFocus", soon: false });
    await elsewhere();
    await chat.give({ type: "returnFocus" });
    assert.equal(await focused(), idOf(2));
    await elsewhere();
    await chat.give({ type: "lendFocus", soon: false }, { type: "lendFocus", soon: true });
    await chat.waitForPost("lent", 3);
    assert.deepEqual(
      (await chat.posted("lent")).map(({ had }) => had),
      [true, false, false],
    );
    await chat.give({ type: "lendFocus", soon: true });
    await chat.page.evaluate(() => {
      document.hasFocus = () => true;
      window.dispatchEvent(new Event("focus"));
    });
    await chat.waitForPost("lent", 4);
    assert.equal((await chat.posted("lent")).at(-1)?.had, true);
  });

  const focused = () =>
    chat.page.evaluate(
      () => document.activeElement?.getAttribute("data-key") ?? document.activeElement?.tagName,
    );

  it("returns the focus to the message that had it, or to the composer once that has gone", async () => {
    await chat.messages.nth(1).focus();
    await loseFocus();
    await comeBack();
    assert.equal(await focused(), idOf(2));
    await loseFocus();
    await chat.page.keyboard.press("ArrowDown");
    assert.equal(await focused(), idOf(2), "a key gives it back too");
    await chat.give(page([]));
    assert.equal(await focused(), "TEXTAREA");
  });

  it("gives the focus to the composer of a page that has just loaded", async () => {
    await chat.page.reload();
    await chat.waitForPost("ready");
    await chat.give(header());
    await comeBack();
    assert.equal(await focused(), "TEXTAREA");
  });

  it("starts at the pending decision when nobody can write, and no key decides by itself", async () => {
    const request = { shown: "asked", known: "You haven't chatted before.", key: "Key: aaaa" };
    await chat.give(header({ phase: "invited", request }), { type: "focusComposer" });
    const focused = () => chat.page.evaluate(() => document.activeElement?.textContent?.trim());
    await chat.page.locator(".banner:focus").waitFor();
    for (const key of ["Enter", "Space", "a"]) await chat.page.keyboard.press(key);
    assert.deepEqual(await chat.posted("decide"), []);
    await chat.page.keyboard.press("Tab");
    assert.equal(await focused(), "Accept");
    await chat.give(header());
    await chat.page.locator("textarea:focus").waitFor();
  });

  it("takes no focus while another part of the editor has it", async () => {
    await loseFocus();
    await chat.page.evaluate(() => {
      document.hasFocus = () => false;
    });
    await comeBack();
    assert.equal(await chat.page.evaluate(() => document.activeElement === document.body), true);
  });

  it("leaves shortcuts and Space to the focused element", async () => {
    const row = chat.messages.first();
    await row.focus();
    for (const key of ["Control+c", "Control+a", "Space", "Shift", "PageUp"]) {
      await chat.page.keyboard.press(key);
      assert.equal(await row.evaluate((element) => element === document.activeElement), true, key);
    }
    assert.equal(await chat.composer.inputValue(), "half a sent");
  });

  it("moves from an empty composer up to the last own message, and back and to the newest by Escape", async () => {
    await chat.page.keyboard.press("ArrowUp");
    assert.equal(await chat.composer.evaluate((element) => element === document.activeElement), true);
    await chat.composer.fill("");
    await chat.page.keyboard.press("ArrowUp");
    assert.equal(await chat.messages.nth(1).evaluate((row) => row === document.activeElement), true);
    await chat.page.keyboard.press("Escape");
    assert.equal(await chat.composer.evaluate((element) => element === document.activeElement), true);
    await chat.give(page(Array.from({ length: 80 }, (_, index) => message(index, `number ${index}`))));
    await chat.log.evaluate(async (log) => {
      log.scrollTop -= 500;
      await new Promise((done) => log.addEventListener("scroll", done, { once: true }));
    });
    await chat.page.keyboard.press("Escape");
    const fromEnd = await chat.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
    assert.ok(fromEnd < 2, `${fromEnd} px from the end`);
  });
});
