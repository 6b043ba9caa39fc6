/**
 * A chat is active in its window, and another window covers that one: nobody sees messages that arrive there.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
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

const VSIX = "dist/parley.vsix";
const alice = username("alice");
const [SEEN, UNSEEN] = ["you see this at once", "while you look at a browser"];

describe("a message in the visible chat of a covered window", function () {
  this.timeout(120_000);
  let directory = "";
  let server: RealServer | undefined;
  let browser: Browser | undefined;
  let user: EditorUser | undefined;
  let bob: Computer | undefined;

  after(async () => {
    await user?.end();
    await browser?.close();
    await bob?.remove();
    await server?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is announced, and is read when the window is in front again", async () => {
    if (!existsSync(VSIX)) throw new Error(`${VSIX} is missing: run \`npm run package\` first.`);
    directory = mkdtempSync(join(tmpdir(), "parley-ui-"));
    server = await RealServer.start();
    browser = await launchChromium();
    user = await EditorUser.begin({
      ...{ name: "alice", directory, browser, vsix: VSIX, main: await installEditor(console.log) },
      env: { PARLEY_INVITE: await server.invite(1, "alice"), PARLEY_NAME: "alice" },
    });
    bob = await Computer.start("bob");
    await bob.joins(await server.invite());
    const { window } = user;
    await window.showParley();
    await window.row("bob, online").click();
    await window.addNote();
    await bob.isIn({ name: alice }, "invited");
    await bob.accepts({ name: alice });
    await window.chat.open();
    await bob.messenger.send({ chat: directChat(alice), text: SEEN });
    await window.chat.message(SEEN).waitFor();
    await window.command("Notifications: Clear All Notifications");
    // In a browser, the editor doesn't notice that its window loses the focus while a page within it has the
    // focus.
    await window.openParley();
    await window.sidebar().locator(".monaco-list:focus").waitFor();

    const uncover = await window.cover();
    await bob.messenger.send({ chat: directChat(alice), text: UNSEEN });
    await window.notification("New message from bob").waitFor();
    await window.row("bob, online, 1 new").waitFor();
    await window.screenshot("17-covered");
    await uncover();
    // A user who is back presses something; a window in front alone marks nothing as read.
    await window.chat.message(UNSEEN).click();
    await window.row("bob, online, 1 new").waitFor({ state: "hidden" });
  });
});
