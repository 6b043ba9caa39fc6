/**
 * Runs test/host inside the extension host of a real VS Code in the browser, as VS Code's own test runners do. `npm run
 * test:desktop` runs the same bundle in a desktop VS Code.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { format } from "node:util";
import { launchChromium } from "../scripts/editor/chromium.ts";
import { installEditor } from "../scripts/editor/install.ts";
import { startEditor } from "../scripts/editor/server.ts";
import { REPORT } from "./host/report.ts";

describe("inside VS Code's extension host", () => {
  it("passes the tests of test/host", async function () {
    this.timeout(180_000);
    const directory = mkdtempSync(join(tmpdir(), "parley-host-"));
    const main = await installEditor(console.log);
    const editor = await startEditor({ main, directory: join(directory, "editor"), development: true });
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      const lines: string[] = [];
      await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
        const line = format(...args);
        // VS Code itself prints a lot here.
        if (line.startsWith(REPORT)) lines.push(line.slice(REPORT.length));
      });
      const ended = new Promise<number>((done) => {
        void page.exposeFunction("codeAutomationExit", done);
      });
      const workspace = join(directory, "workspace");
      mkdirSync(workspace);
      const remote = (path: string) => `${editor.origin.replace("http:", "vscode-remote:")}${resolve(path)}`;
      const payload = [
        ["extensionDevelopmentPath", remote(".")],
        ["extensionTestsPath", remote("dist/test/host.cjs")],
        ["skipWelcome", "true"],
        ["skipReleaseNotes", "true"],
      ];
      await page.goto(`${editor.url(workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
      const code = await ended;
      console.log(lines.join("\n"));
      assert.equal(code, 0, "tests failed inside the extension host; their report is above");
    } finally {
      await browser.close();
      await editor.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
