/** A newcomer joins with the keyboard alone: the focus is always where the next key is needed. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser } from "./editor-user.ts";

const VSIX = "dist/parley.vsix";

describe("a newcomer with a keyboard", function () {
  this.timeout(60_000);
  this.bail(true);
  let directory = "";
  let server: RealServer;
  let browser: Browser | undefined;
  let user: EditorUser | undefined;
  let bob: Computer | undefined;

  before(async () => {
    if (!existsSync(VSIX)) throw new Error(`${VSIX} is missing: run \`npm run package\` first.`);
    directory = mkdtempSync(join(tmpdir(), "parley-ui-"));
    server = await RealServer.start();
    bob = await Computer.start("bob");
    await bob.joins(await server.invite());
    browser = await launchChromium();
    const main = await installEditor(console.log);
    user = await EditorUser.begin({ name: "alice", directory, main, browser, vsix: VSIX });
  });
  after(async () => {
    await user?.end();
    await browser?.close();
    await bob?.remove();
    await server?.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await user?.window.screenshot("failed").catch(() => {});
  });

  it("reaches Join from the chord that opens Parley, with Tab and Enter", async () => {
    assert.ok(user);
    const { window } = user;
    await window.openParley();
    const join = window.sidebar().getByRole("button", { name: "Join with Invite…" });
    await join.waitFor();
    await window.sidebar().locator(".welcome-view-content:focus").waitFor();
    await window.page.keyboard.press("Tab");
    await join.and(window.page.locator(":focus")).waitFor();
    await window.page.keyboard.press("Enter");
    await window.quickInput().getByText("(1/2)").waitFor();
  });

  it("is in the list of people after joining", async () => {
    assert.ok(user);
    const { window } = user;
    await window.answer(await server.invite(), undefined, "(1/2)");
    await window.answer("alice", undefined, "(2/2)");
    await window.row("bob, online").waitFor();
    await window.sidebar().locator(".monaco-list:focus").waitFor();
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("Enter");
    await window.addNote("hello");
    await window.chat.banner("Waiting for bob").waitFor();
  });

  it("gives a question the focus, and not the chat behind it", async () => {
    assert.ok(user);
    const { window } = user;
    const { keyboard } = window.page;
    await window.chat.frame.locator(".banner:focus").waitFor();
    for (const [command, question, safe] of [
      ["Parley: Close Chat…", "Withdraw your request to bob?", "Keep Waiting"],
      ["Parley: Forget Account…", "Forget the account alice", "Back Up First…"],
    ] as const) {
      await keyboard.press("F1");
      await keyboard.type(command);
      await window.quickInput().locator(".monaco-list-row").first().getByText(command).first().waitFor();
      await keyboard.press("Enter");
      await window.dialog(question).waitFor();
      await window.focusOn(safe);
      await keyboard.press("Escape");
      await window.dialog(question).waitFor({ state: "hidden" });
      await window.chat.frame.locator(".banner:focus").waitFor();
    }
  });

  it("mutes the active chat, without a choice of chats", async () => {
    assert.ok(user);
    const { window } = user;
    await window.command("Parley: Mute Chat…");
    await window.quickInput().getByText("Mute the chat with bob").waitFor();
    await window.page.keyboard.press("Escape");
  });
});
