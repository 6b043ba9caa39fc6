/**
 * `npm run test:theia`: a newcomer's first steps in an editor that isn't VS Code, with a backend that loses
 * its secrets when it ends.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installTheia } from "../../scripts/theia/install.ts";
import { startTheia, type Theia } from "../../scripts/theia/server.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { TheiaWindow } from "./theia-window.ts";

const VSIX = "dist/parley.vsix";
const INVITES = 2;

describe("in Eclipse Theia", function () {
  this.timeout(900_000);
  this.bail(true);
  const directory = mkdtempSync(join(tmpdir(), "parley-theia-"));
  const theias = new Map<string, Theia>();
  let main = "";
  let browser: Browser;
  let server: RealServer;
  let alice: TheiaWindow;
  let bob: TheiaWindow;

  const begin = async (name: string): Promise<TheiaWindow> => {
    const theia = await startTheia({ main, directory: join(directory, name), extensions: [VSIX] });
    theias.set(name, theia);
    return TheiaWindow.open(browser, theia.url, name);
  };
  const stores = (name: string): string[] =>
    readdirSync(join(directory, name), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".db"))
      .sort();

  before(async () => {
    main = await installTheia(console.log);
    browser = await launchChromium();
    server = await RealServer.start();
    alice = await begin("alice");
    bob = await begin("bob");
  });
  after(async () => {
    await browser?.close();
    await Promise.all([...theias.values()].map((theia) => theia.stop()));
    await server?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it("shows a newcomer the first steps when the view is first opened", async () => {
    for (const window of [alice, bob]) {
      await window.showParley();
      await window.sidebar().getByText("Join with Invite…").first().waitFor();
      await window.screenshot("welcome");
    }
  });

  it("shows titles in its menu, not the manifest's keys", async () => {
    await alice.status().click();
    await alice.quickInput().getByText("Show Log").waitFor();
    assert.doesNotMatch(await alice.quickInput().innerText(), /%/);
    await alice.page.keyboard.press("Escape");
  });

  it("joins by a link", async () => {
    const link = await server.invite(INVITES);
    for (const [window, name] of [
      [alice, "alice"],
      [bob, "bob"],
    ] as const) {
      await window.command("Parley: Join with Invite…");
      await window.answer("Paste the invite link", link);
      await window.answer("Choose the name others see", name);
      await window.status(name).waitFor();
    }
    await alice.row("bob").waitFor();
    await alice.screenshot("joined");
  });

  it("requests, accepts and chats", async () => {
    await alice.row("bob").click();
    await alice.answer("Add a note", "hello");
    await bob.pressInNotification("alice", "Accept");
    const composer = alice.chat().getByRole("textbox");
    await composer.fill("seen in Theia");
    await composer.press("Enter");
    await bob.row("alice").click();
    await bob.chat().getByText("seen in Theia", { exact: true }).waitFor();
    await bob.screenshot("chat");
  });

  it("asks before discarding anything when the backend has lost its secrets", async () => {
    const before = stores("alice");
    assert.ok(before.length > 0);
    await alice.close();
    await theias.get("alice")?.stop();
    alice = await begin("alice");
    await alice.showParley();
    await alice.sidebar().getByText("can't get its keys").first().waitFor();
    await alice.screenshot("keys-missing");
    assert.deepEqual(stores("alice"), before);
  });
});
