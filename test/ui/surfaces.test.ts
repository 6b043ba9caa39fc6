/**
 * Pictures of every surface in a real VS Code, in each kind of theme and at each size, for people to look at.
 * PARLEY_SURFACES=all takes them into .cache/screenshots, PARLEY_SURFACES=dark,light those of two themes, and
 * PARLEY_SURFACES_LANGUAGE=de takes them in German. Not part of a usual run, since it cannot fail.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator } from "playwright-core";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser } from "./editor-user.ts";
import type { EditorWindow } from "./window.ts";

const WANTED = (process.env["PARLEY_SURFACES"] ?? "").split(",").filter((theme) => theme !== "");
const LANGUAGE = process.env["PARLEY_SURFACES_LANGUAGE"] || undefined;

const THEMES = [
  ["Dark Modern", "dark"],
  ["Light Modern", "light"],
  ["Dark High Contrast", "hc-dark"],
  ["Light High Contrast", "hc-light"],
] as const;

/**
 * Sizes of the whole window. The first leaves some 300 pixels for a chat; the last is what 1280 × 800 leaves
 * at 200 %.
 */
const SIZES = [
  ["wide", 1280, 800],
  ["600", 652, 700],
  ["300", 352, 700],
  ["zoom200", 640, 400],
] as const;

const SAID = [
  "The nightly build fails on **macOS** since `a3f9c21`: src/server/mailbox.ts:142:17",
  '```ts\nconst path = join(tmpdir(), name);\nif (Buffer.byteLength(path) > 104) throw new RangeError("too long");\n```',
  "- [x] a test with a long path\n- [ ] a line in the changelog\n\n| step | CPU ms |\n|---|---:|\n| seal | 3.3 |\n| open | 12.0 |",
  "👍",
] as const;

if (WANTED.length > 0) describe("surfaces to look at", surfaces);

function surfaces(this: Mocha.Suite): void {
  this.timeout(600_000);
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
    user = await EditorUser.begin({
      ...{ name: LANGUAGE ?? "en", vsix: "dist/parley.vsix", env, main, browser, directory },
      ...(LANGUAGE !== undefined && { language: LANGUAGE }),
    });
    for (const name of ["bob", "carol", "maximilian.von-der-heide"]) {
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
  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    await user.window.screenshot("failed-surfaces");
    await user.window.page.keyboard.press("Escape");
  });

  it("have something in them", async () => {
    const [bob, carol] = others;
    const { window } = user;
    if (bob === undefined || carol === undefined) throw new Error("nobody is there");
    await window.showParley();
    await window.row("bob").click();
    await window.answer("hello, it's about the release");
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
    await window.row("carol").waitFor();
  });

  for (const [theme, name] of THEMES)
    if (WANTED.includes(name) || WANTED.includes("all"))
      describe(`are taken in ${theme}`, () => {
        before(async () => {
          const { window } = user;
          await window.page.setViewportSize({ width: 1280, height: 800 });
          await window.command("Preferences: Color Theme");
          await window.answer(theme, theme);
          await window.quickInput().waitFor({ state: "hidden" });
        });
        for (const [size, width, height] of SIZES)
          it(`at ${width} × ${height}`, async () => {
            const { window } = user;
            await window.page.setViewportSize({ width, height });
            await lookAt(window, `${name}-${size}`, width < 1000);
          });
      });

  /** Takes all pictures of one window. A narrow one shows the view and a chat in turn. */
  async function lookAt(window: EditorWindow, name: string, narrow: boolean): Promise<void> {
    const { page, chat } = window;
    const shut = async (surface: Locator) => {
      await page.keyboard.press("Escape");
      await surface.waitFor({ state: "hidden" });
    };
    const { frame } = chat;
    // By their keys: in a narrow window, the palette has no room for titles that have keys.
    const openParley = async () => {
      await window.openParley();
      await window.sidebar().locator(".monaco-list:focus").waitFor();
    };
    const closeSidebar = async () => {
      if (await window.sidebar().isVisible()) await page.keyboard.press("ControlOrMeta+b");
      await window.sidebar().waitFor({ state: "hidden" });
    };
    if (narrow) await closeSidebar();
    else await openParley();
    await window.tab("bob").click();
    await chat.with("bob");
    await window.command("Notifications: Clear All Notifications");
    await chat.composer.focus();
    await window.screenshot(`80-chat-${name}`);
    await frame.locator(".top [aria-haspopup]").click();
    await window.screenshot(`81-menu-${name}`);
    await shut(frame.locator(".menu"));
    await frame.locator(".verification").click();
    await frame.getByRole("dialog").waitFor();
    await window.screenshot(`82-safety-${name}`);
    await shut(frame.getByRole("dialog"));
    await window.command("Parley: Show Menu");
    // The palette, which also has rows, has no title.
    await window.quickInput().locator(".quick-input-title", { hasText: "Parley" }).waitFor();
    await window.screenshot(`83-status-menu-${name}`);
    await shut(window.quickInput());
    await window.command("Parley: Search Messages…");
    await window.quickInput().locator("input.input").fill("path");
    await window.quickInput().locator(".monaco-list-row").first().waitFor();
    await window.screenshot(`84-search-${name}`);
    await shut(window.quickInput());
    await frame.locator(".message.mine").first().hover();
    await frame.locator(".message.mine .row-action").nth(1).click();
    await window.screenshot(`85-message-menu-${name}`);
    await shut(frame.locator(".menu"));
    await window.command("Parley: Close Chat…");
    await window.dialog("bob").waitFor();
    await window.screenshot(`86-question-${name}`);
    await shut(window.dialog("bob"));
    await openParley();
    await window.screenshot(`87-view-${name}`);
    await window.row("carol").click();
    await chat.with("carol");
    if (narrow) await closeSidebar();
    await frame.locator(".banner").waitFor();
    await window.screenshot(`88-request-${name}`);
    await window.tab("carol").click({ button: "middle" });
    await chat.with("bob");
  }
}
