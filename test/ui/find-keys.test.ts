/**
 * Ctrl+F while a chat is the active editor: it searches the chat only when the chat has the focus, and
 * otherwise works as usual.
 */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";

const FIND = "Control+f";

describe("Ctrl+F, with a chat as the active editor", function () {
  this.timeout(300_000);
  const scene = withScene();
  let user: EditorUser;

  before(async () => {
    await scene.computer("bob");
    user = await scene.member("alice");
    const { window } = user;
    await window.status("alice").waitFor();
    await window.showParley();
    await window.row("bob, online").click();
    await window.addNote();
    await window.chat.with("bob");
    await window.page.evaluate(() => {
      const look = () => {
        const shown = document.querySelector(".quick-input-widget")?.textContent ?? "";
        if (shown.includes("Search bob")) Reflect.set(window, "sawSearch", true);
      };
      const everything = { subtree: true, childList: true, characterData: true, attributes: true };
      new MutationObserver(look).observe(document.body, everything);
    });
  });
  const theWindow = () => user.window;
  const search = () => theWindow().quickInput().filter({ hasText: "Search bob" });
  const hasFocus = (part: string) =>
    theWindow().page.waitForFunction((within) => document.activeElement?.closest(within) != null, part);
  /** Returns whether the search was shown, even for a moment, since forgetSearch(). */
  const sawSearch = () => theWindow().page.evaluate(() => Reflect.get(window, "sawSearch"));
  const forgetSearch = () => theWindow().page.evaluate(() => Reflect.set(window, "sawSearch", false));
  /**
   * Presses the keys. A key without effect shows no sign, so this waits for an answer that the extension
   * gives afterwards.
   */
  const presses = async (shows: Locator | undefined) => {
    const window = theWindow();
    await forgetSearch();
    await window.page.keyboard.press(FIND);
    if (shows !== undefined) await shows.waitFor();
    await window.heard();
    assert.equal(await sawSearch(), false);
    // The chat is still the active editor.
    await window.chat.with("bob");
  };

  it("searches the chat from anywhere on its page", async () => {
    const window = theWindow();
    for (const place of [
      window.chat.frame.getByRole("heading", { name: "bob" }),
      window.chat.frame.locator("main"),
    ]) {
      await place.first().click();
      await forgetSearch();
      await window.page.keyboard.press(FIND);
      await search().waitFor();
      assert.equal(await sawSearch(), true);
      await window.page.keyboard.press("Escape");
      await search().waitFor({ state: "hidden" });
    }
  });

  it("is left to a terminal", async () => {
    const window = theWindow();
    await window.command("Terminal: Focus on Terminal View");
    await window.page.locator(".part.panel .terminal-wrapper.active").click();
    await hasFocus(".part.panel .terminal-wrapper");
    await presses(window.page.locator(".part.panel .simple-find-part.visible"));
    await window.screenshot("44-find-in-terminal");
  });

  it("does not search the chat from a list, an input box or the output", async () => {
    const window = theWindow();
    await window.command("File: Focus on Files Explorer");
    await hasFocus(".part.sidebar .explorer-folders-view");
    await presses(undefined);
    await window.command("Search: Find in Files");
    await hasFocus(".search-view");
    await presses(undefined);
    await window.command("Output: Focus on Output View");
    await hasFocus(".part.panel");
    await presses(undefined);
  });

  it("is left to an editor beside the chat", async () => {
    const window = theWindow();
    await window.command("View: Split Editor Right");
    await window.openFile("plan.md");
    await window.page.locator(".part.editor .view-line").first().click();
    await hasFocus(".part.editor .monaco-editor");
    await presses(window.page.locator(".part.editor .find-widget.visible"));
    await window.screenshot("45-find-in-editor");
  });
});
