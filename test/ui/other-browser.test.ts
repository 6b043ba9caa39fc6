/** One VS Code on a server, opened from two browsers, each with its own secrets. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser } from "./editor-user.ts";

const VSIX = "dist/parley.vsix";

describe("the same VS Code from another browser", function () {
  this.timeout(120_000);
  let directory = "";
  let server: RealServer | undefined;
  const browsers: Browser[] = [];
  let user: EditorUser | undefined;

  after(async () => {
    await user?.end();
    await Promise.all(browsers.map((browser) => browser.close()));
    await server?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it("reports missing keys and changes nothing by any command; the first browser finds everything unchanged", async function () {
    if (!existsSync(VSIX)) throw new Error(`${VSIX} is missing: run \`npm run package\` first.`);
    if (process.platform !== "linux") this.skip(); // Looks for processes in /proc.
    directory = mkdtempSync(join(tmpdir(), "parley-ui-"));
    server = await RealServer.start();
    const [browser, other] = [await launchChromium(), await launchChromium()];
    browsers.push(browser, other);
    const main = await installEditor(console.log);
    user = await EditorUser.begin({ name: "alice", directory, browser, vsix: VSIX, main });
    const { window } = user;
    const link = await server.invite();
    await window.command("Parley: Join with Invite…");
    await window.answer(link, undefined, "(1/2)");
    await window.answer("alice", undefined, "Choose the name others see");
    await window.status("alice").waitFor();
    const stored = () => readdirSync(join(user?.storage ?? "", "messenger/store")).sort();
    await user.closeWindow();
    await user.accountLetGo();
    const before = stored();

    const elsewhere = await user.openElsewhere(other);
    await elsewhere.showParley();
    await elsewhere.page.getByText("can't get its keys from this computer's keyring").first().waitFor();
    await elsewhere.screenshot("60-keys-missing");
    for (const command of ["Parley: Join with Invite…", "Parley: Reconnect"]) {
      await elsewhere.command(command);
      await elsewhere.page.getByText("nothing was changed").first().waitFor();
      await elsewhere.page.keyboard.press("Escape");
    }
    assert.deepEqual(stored(), before);
    await elsewhere.page.context().close();

    await user.openWindow();
    await user.window.status("alice").waitFor();
    assert.deepEqual(
      stored().filter((file) => !file.includes("-")),
      before.filter((file) => !file.includes("-")),
    );
  });
});
