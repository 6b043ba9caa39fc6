/**
 * After any question that a chat leads to, the next letters arrive in its composer: the editor itself gives the focus back to the frame
 * around the page, and to the page later or, after a dialog, not at all.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { directChat } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser } from "./editor-user.ts";
import type { EditorWindow } from "./window.ts";

const ALICE = username("alice");

describe("the next keys after a question", function () {
  this.timeout(120_000);
  let directory = "";
  let server: RealServer | undefined;
  let browser: Browser | undefined;
  let user: EditorUser | undefined;
  let bob: Computer | undefined;
  let window: EditorWindow;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "parley-ui-"));
    server = await RealServer.start();
    browser = await launchChromium();
    const main = await installEditor(console.log);
    user = await EditorUser.begin({
      ...{ name: "alice", directory, browser, vsix: "dist/parley.vsix", main },
      env: { PARLEY_INVITE: await server.invite(1, ALICE), PARLEY_NAME: ALICE },
    });
    window = user.window;
    bob = await Computer.start("bob");
    await bob.joins(await server.invite());
    await window.showParley();
    await window.row("bob, online").click();
    await window.addNote();
    await bob.isIn({ name: ALICE }, "invited");
    await bob.accepts({ name: ALICE });
    await window.chat.open();
    await bob.messenger.send({ chat: directChat(ALICE), text: "hello [link](https://example.org/)" });
    await window.chat.message("hello").waitFor();
    await window.command("Notifications: Clear All Notifications");
  });
  after(async () => {
    await user?.end();
    await browser?.close();
    await bob?.remove();
    await server?.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await window.screenshot("failed");
  });

  const keys = async (...all: readonly string[]) => {
    for (const key of all) await window.page.keyboard.press(key);
  };
  const sheet = () => window.chat.frame.getByRole("dialog");
  async function openSheet(): Promise<void> {
    await window.chat.frame.locator(".verification").click();
    await sheet().waitFor();
  }
  const inSheet = (name: string) => sheet().getByRole("button", { name, exact: true }).click();
  const rows = () => window.quickInput().locator(".monaco-list-row");
  async function fromMenu(item: string): Promise<void> {
    await window.chat.choose(item);
    await window.quickInput().locator("input.input:focus").waitFor();
  }
  async function dialogOf(item: string, button: string): Promise<void> {
    await window.chat.choose(item);
    await window.focusOn(button);
  }
  async function link(): Promise<void> {
    await window.chat.frame.locator("a[role=link]").first().click();
    await window.dialog("external website").locator(":focus").waitFor();
  }

  /** The ways out that end in the page: nothing has the focus in between. */
  const inPage: Readonly<Record<string, () => Promise<unknown>>> = {
    "They Match": async () => {
      await openSheet();
      await sheet().getByText("I compared every group").click();
      await inSheet("They Match");
    },
    "Clear Verification": async () => {
      await openSheet();
      await inSheet("Clear Verification");
    },
    "Not Now": async () => {
      await openSheet();
      await inSheet("Not Now");
    },
    "Escape from the safety number": async () => {
      await openSheet();
      await keys("Escape");
    },
    "the header's menu": async () => {
      await window.chat.press("More Actions");
      await keys("Escape");
    },
  };
  for (const [name, leave] of Object.entries(inPage))
    it(`arrive at once after ${name}`, async () => {
      for (let time = 0; time < 3; time++) {
        if (name === "Clear Verification") await inPage["They Match"]?.();
        await leave();
        await window.page.keyboard.type("typed");
        await window.chat.draft("typed");
        await window.chat.composer.fill("");
        if (name === "They Match") await inPage["Clear Verification"]?.();
      }
    });

  /** The ways out that go through another part of the editor, which hides before the extension hears of it. */
  const outside: Readonly<Record<string, () => Promise<unknown>>> = {
    "Cancel of a mismatch, by mouse": async () => {
      await openSheet();
      await inSheet("They Don't Match");
      await window.focusOn("Compare Again");
      await window.pressInDialog("differ", "Cancel");
    },
    "Escape from a mismatch": async () => {
      await openSheet();
      await inSheet("They Don't Match");
      await window.focusOn("Compare Again");
      await keys("Escape");
    },
    "comparing again": async () => {
      await openSheet();
      await inSheet("They Don't Match");
      await window.focusOn("Compare Again");
      await keys("Enter");
      await sheet().waitFor();
      await inSheet("Not Now");
    },
    "pasting a number": async () => {
      await openSheet();
      await inSheet("Compare by Pasting…");
      await window.quickInput().locator("input.input:focus").waitFor();
      await keys("Escape");
    },
    "Keep Open, by Enter": () => dialogOf("Close Chat…", "Keep Open").then(() => keys("Enter")),
    "Keep Open, by mouse": () =>
      dialogOf("Close Chat…", "Keep Open").then(() => window.pressInDialog("Close the chat", "Keep Open")),
    "Escape from Close Chat": () => dialogOf("Close Chat…", "Keep Open").then(() => keys("Escape")),
    "a muted chat, by mouse": () => fromMenu("Mute").then(() => rows().nth(1).click()),
    "a chat that is no longer muted, by Enter": () => fromMenu("Mute").then(() => keys("Enter")),
    "Escape from a date": () => fromMenu("Go to Date…").then(() => keys("Escape")),
    "a timer, by mouse": () => fromMenu("Set Disappearing Messages…").then(() => rows().nth(1).click()),
    "a timer, by Enter": () => fromMenu("Set Disappearing Messages…").then(() => keys("Enter")),
    "Escape from a search": async () => {
      await keys("ControlOrMeta+f");
      await window.quickInput().locator("input.input:focus").waitFor();
      await keys("Escape");
    },
    "Cancel of a link, by mouse": () => link().then(() => window.pressInDialog("external website", "Cancel")),
    "Escape from a link": () => link().then(() => keys("Escape")),
    "a click on the chat's row": () => window.row("bob, online").first().click(),
  };
  for (const [name, leave] of Object.entries(outside))
    it(`arrive after ${name}, as soon as nothing else has the focus`, async () => {
      await leave();
      await window.chat.hasKeys();
      await window.page.keyboard.type("typed");
      await window.chat.draft("typed");
      await window.chat.composer.fill("");
      await window.page
        .locator(".monaco-dialog-box:visible, .quick-input-widget:visible")
        .waitFor({ state: "hidden" });
    });
});
