/** The walkthrough in a real VS Code, as somebody new sees it. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { EditorUser } from "./editor-user.ts";

const VSIX = "dist/parley.vsix";
const STEPS = ["join", "invite", "chat", "verify", "write"] as const;

describe("the walkthrough", function () {
  this.timeout(180_000);
  let directory = "";
  let browser: Browser | undefined;
  let user: EditorUser | undefined;

  after(async () => {
    await user?.end();
    await browser?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("is offered once to somebody new, and has the five steps, none of them done", async () => {
    if (!existsSync(VSIX)) throw new Error(`${VSIX} is missing: run \`npm run package\` first.`);
    directory = mkdtempSync(join(tmpdir(), "parley-ui-"));
    const main = await installEditor(console.log);
    browser = await launchChromium();
    user = await EditorUser.begin({ name: "alice", directory, main, browser, vsix: VSIX });
    const { window } = user;
    await window.pressInNotification("Parley is ready", "Get Started");
    for (const step of STEPS)
      await window.page
        .locator(`[data-done-step-id="parley-chat.parley#start#${step}"][aria-checked="false"]`)
        .first()
        .waitFor();
    await window.screenshot("90-walkthrough");
    await window.reload();
    await window.heard();
    assert.equal(await window.notification("Parley is ready").count(), 0);
  });
});
