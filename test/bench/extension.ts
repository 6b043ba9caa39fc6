/**
 * The extension's costs in a real VS Code, through its real interface: starting, showing a chat, scrolling in it,
 * keeping messages. Needs `npm run package`.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser } from "../ui/editor-user.ts";
import { benchActivation } from "./editor/activation.ts";
import { backUpLongHistory, PASSPHRASE } from "./editor/long-history.ts";
import { benchMemory } from "./editor/memory.ts";
import { benchOpening } from "./editor/opening.ts";
import { installClock } from "./editor/panel-clock.ts";
import { SOCKET } from "./editor/probe/contract.ts";
import { ProbeLine, packProbe } from "./editor/probe.ts";
import { benchScrolling } from "./editor/scrolling.ts";
import type { Report } from "./figures.ts";

const VSIX = "dist/parley.vsix";
const MAX_VSIX_BYTES = 1_500_000;
const SETTINGS = {
  // Each window starts without a panel, even if the last one had not yet recorded that it was closed.
  "workbench.editor.restoreEditors": false,
  // Otherwise VS Code scans all processes every few seconds.
  "remote.autoForwardPorts": false,
};

export async function benchExtension(report: Report): Promise<void> {
  if (!existsSync(VSIX)) throw new Error(`${VSIX} is missing: run \`npm run package\` first.`);
  benchSizes(report);
  const directory = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const server = await RealServer.start();
  const browser = await launchChromium();
  const line = await ProbeLine.open(join(directory, "probe.sock"));
  const common = {
    ...{ browser, vsix: VSIX, main: await installEditor(console.log) },
    beside: [await packProbe(directory)],
    settings: SETTINGS,
  };
  try {
    const backup = join(directory, "alice.parley-backup");
    await backUpLongHistory(await server.invite(1, "alice"), "alice", backup);
    const options = { ...common, name: "alice", directory: join(directory, "alice") };
    const user = await EditorUser.begin({ ...options, env: { [SOCKET]: line.path } });
    const alice = { report, line, user };
    try {
      await benchActivation(alice, "without an account");
      await restore(alice.user, backup);
      await installClock(alice.user.window.page.context());
      await benchActivation(alice, "with an account");
      await benchOpening(alice);
      await benchScrolling(alice);
      await benchMemory(alice, await server.invite(1, "bob"));
    } finally {
      await alice.user.screenshot("bench-end");
      await alice.user.end();
    }
  } finally {
    line.close();
    await browser.close();
    await server.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

function benchSizes(report: Report): void {
  const sizes = [
    ["bundle that activation loads", "dist/extension.cjs"],
    ["bundle of all that is behind the interface", "dist/engine.cjs"],
    ["bundle of the chat's page", "dist/webview.js"],
    ["bundle of what colours code in it", "dist/highlighter.js"],
    ["bundle of its styles", "dist/panel.css"],
    ["VSIX", VSIX],
  ] as const;
  for (const [name, file] of sizes)
    report({
      ...{ group: "extension", name, unit: "bytes", values: [statSync(file).size], better: "lower" },
      ...(file === VSIX && { target: MAX_VSIX_BYTES }),
    });
}

/** Restores a history as a user does on a new computer. */
async function restore({ window }: EditorUser, backup: string): Promise<void> {
  await window.command("Parley: Restore from Backup…");
  await window.chooseFile(/Restore Parley: the file/, backup);
  await window.answer(PASSPHRASE, undefined, /The passphrase the backup was made with/);
  await window.pressInDialog(/You're alice on .* again/, "Sign In Here");
  await window.status("alice").waitFor();
  // VS Code in the browser stores extensions' data every 5 seconds, without an event.
  await window.page.waitForTimeout(6_000);
}
