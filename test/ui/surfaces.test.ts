/**
 * Pictures of every surface in a real VS Code, in each kind of theme and at each size, to look at: PARLEY_SURFACES=1
 * takes them into .cache/screenshots. Not part of a usual run, as nothing in them can fail.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser } from "./editor-user.ts";
import type { EditorWindow } from "./window.ts";

const THEMES = [
  ["Dark Modern", "dark"],
  ["Light Modern", "light"],
  ["Dark High Contrast", "hc-dark"],
  ["Light High Contrast", "hc-light"],
] as const;

/** Of the whole window. The first leaves some 300 pixels for a chat; the last is the rest of 1280 × 800 at 200 %. */
const SIZES = [
  ["300", 352, 700],
  ["600", 652, 700],
  ["wide", 1280, 800],
  ["zoom200", 640, 400],
] as const;

const SAID = [
  "The nightly build fails on **macOS** since `a3f9c21`: src/server/mailbox.ts:142:17",
  '```ts\nconst path = join(tmpdir(), name);\nif (Buffer.byteLength(path) > 104) throw new RangeError("too long");\n```',
  "- [x] a test with a long path\n- [ ] a line in the changelog\n\n| step | CPU ms |\n|---|---:|\n| seal | 3.3 |\n| open | 12.0 |",
  "👍",
] as const;

if (process.env["PARLEY_SURFACES"] === "1") describe("surfaces to look at", surfaces);

function surfaces(this: Mocha.Suite): void {
  this.timeout(1_200_000);
  let directory = "";
  let server: RealServer;
  let browser: Browser;
  let user: EditorUser;
  const others: Computer[] = [];

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "parley-surfaces-"));
    server = await RealServer.start();
    browser = await launchChromium();
    const env = { PARLEY_INVITE: await server.invite(), PARLEY_NAME: "alice" };
    const main = await installEditor(console.log);
    user = await EditorUser.begin({ name: "alice", vsix: "dist/parley.vsix", env, main, browser, directory });
    for (const name of ["bob", "carol"]) {
      const computer = await Computer.start(name);
      others.push(computer);
      await computer.joins(await server.invite());
    }
  });
  after(async () => {
    await Promise.all(others.map((one) => one.remove()));
    await user.end();
    await browser.close();
    await server.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it("are taken, each in every theme and size", async () => {
    const [bob, carol] = others;
    const { window } = user;
    if (bob === undefined || carol === undefined) throw new Error("nobody is there");
    await window.showParley();
    await window.row("bob, online").click();
    await window.addNote("hello, it's about the release");
    await bob.until("asked", () => bob.messenger.chats().some(({ phase }) => phase === "invited"));
    const [asked] = bob.messenger.chats();
    const alice = { name: asked === undefined ? bob.name : partner(asked).name };
    await bob.accepts(alice);
    await window.chat.open();
    for (const [index, text] of SAID.entries()) {
      if (index % 2 === 0) await bob.messenger.send({ chat: directChat(alice.name), text });
      else await window.chat.send(text);
      await window.chat.frame
        .locator(".message")
        .nth(index + 1)
        .waitFor();
    }
    await carol.messenger.request({ peer: alice.name, note: "Can you look at my merge request?" });
    await window.row("carol, wants to talk").waitFor();
    for (const [theme, name] of THEMES) {
      await window.command("Preferences: Color Theme");
      await window.answer(theme, theme);
      for (const [size, width, height] of SIZES) await lookAt(window, `${name}-${size}`, { width, height });
    }
  });

  async function lookAt(
    window: EditorWindow,
    name: string,
    size: { width: number; height: number },
  ): Promise<void> {
    const { page, chat } = window;
    await page.setViewportSize(size);
    const narrow = size.width < 1000;
    if (narrow && (await window.sidebar().isVisible())) await window.command("View: Close Primary Side Bar");
    if (!narrow) await window.command("Parley: Open Parley");
    await window.command("Notifications: Clear All Notifications");
    await chat.composer.focus();
    await window.screenshot(`80-chat-${name}`);
    await chat.press("More Actions");
    await window.screenshot(`81-menu-${name}`);
    await page.keyboard.press("Escape");
    await chat.press("Not verified");
    await chat.frame.getByRole("dialog").waitFor();
    await window.screenshot(`82-safety-${name}`);
    await page.keyboard.press("Escape");
    await window.command("Parley: Show Menu");
    await window.quickInput().locator(".monaco-list-row").first().waitFor();
    await window.screenshot(`83-status-menu-${name}`);
    await page.keyboard.press("Escape");
    await window.quickInput().waitFor({ state: "hidden" });
    await window.command("Parley: Search Messages…");
    await window.quickInput().locator("input.input").fill("path");
    await window.quickInput().locator(".monaco-list-row").first().waitFor();
    await window.screenshot(`84-search-${name}`);
    await page.keyboard.press("Escape");
    await window.quickInput().waitFor({ state: "hidden" });
  }
}
