/** After any action, the next keys typed arrive in the composer. */
import assert from "node:assert/strict";
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
