/** A server run as a task of type "parley": its terminal's text, when the editor considers it ready, and how it ends. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { freePort } from "../fixtures/free-port.ts";
import { answers } from "../fixtures/listening.ts";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import { until } from "./until.ts";

const LABEL = "team server";
/** A file whose existence shows that the task which depends on the server's ran. */
const READY = "ready.txt";

describe('a task of type "parley"', function () {
  this.timeout(180_000);
  const scene = withScene();
  let workspace = "";
  let port = 0;
  let user: EditorUser;

  before(async () => {
    workspace = join(scene.directory, "work space");
    port = await freePort();
    mkdirSync(join(workspace, ".vscode"), { recursive: true });
    writeFileSync(join(workspace, ".vscode", "tasks.json"), JSON.stringify(tasks(port)));
    user = await scene.user("owner", {
      workspace,
      // Drawn as elements, so that the text can be read.
      settings: { "terminal.integrated.gpuAcceleration": "off" },
    });
  });

  const theUser = () => user ?? assert.fail();
  const terminal = () => theUser().window.page.locator(".part.panel .terminal-wrapper.active .xterm-rows");
  const wasClosedCleanly = () =>
    existsSync(join(workspace, "team", "parley.sqlite")) &&
    !existsSync(join(workspace, "team", "parley.sqlite-wal"));
  /** Returns the address that the last server printed. */
  const latestRun = () => {
    const database = new DatabaseSync(join(workspace, "team", "parley.sqlite"), { readOnly: true });
    try {
      return database.prepare("SELECT value FROM settings WHERE key = 'run'").get()?.["value"];
    } finally {
      database.close();
    }
  };
  const run = async (label: string) => {
    await theUser().window.command("Tasks: Run Task");
    await theUser().window.answer(label, label);
  };

  it("lets dependent tasks start once the server listens", async () => {
    await run("use the server");
    await until(() => existsSync(join(workspace, READY)));
    assert.equal(await answers(port), true);
  });

  it("shows the server's output, and its last line after Ctrl+C", async () => {
    const { window } = theUser();
    await terminal().getByText("This invite is for one person, for 7 days:").waitFor();
    await window.command("Terminal: Scroll to Top");
    await terminal().getByText(`Parley server listening on 127.0.0.1:${port}`).waitFor();
    // One below the other: each starts at the beginning of a line.
    await terminal()
      .locator("> div")
      .filter({ hasText: /^Parley server starting$/ })
      .waitFor();
    await window.screenshot("41-server-task");
    await window.page.locator(".part.panel .terminal-wrapper.active").click();
    await window.page.keyboard.press("Control+C");
    await terminal().getByText("Parley server stopped").waitFor();
    await window.screenshot("42-server-task-stopped");
    await until(async () => !(await answers(port)) && wasClosedCleanly());
  });

  it("ends cleanly with its task", async () => {
    const { window } = theUser();
    await run(LABEL);
    await until(() => answers(port));
    await window.command("Tasks: Terminate Task");
    await window.answer(LABEL, LABEL);
    await until(async () => !(await answers(port)) && wasClosedCleanly());
  });

  it("ends cleanly with its terminal", async () => {
    const { window } = theUser();
    await run(LABEL);
    await until(() => answers(port));
    await window.command("Terminal: Kill All Terminals");
    await until(async () => !(await answers(port)) && wasClosedCleanly());
  });

  it("continues after the window was reloaded", async () => {
    const { window } = theUser();
    await run(LABEL);
    await until(() => answers(port));
    const before = latestRun();
    await window.reload();
    await until(async () => latestRun() !== before && (await answers(port)));
    await window.command("Tasks: Terminate Task");
    await window.answer(LABEL, LABEL);
    await until(async () => !(await answers(port)) && wasClosedCleanly());
  });

  it("reports the exit code of a server that could not start", async () => {
    const { window } = theUser();
    await run("no such address");
    await terminal().getByText("parley-server: error:").waitFor();
    await terminal().getByText("terminated with exit code: 4").waitFor();
    await window.screenshot("43-server-task-failed");
    await window.command("Terminal: Kill All Terminals");
  });

  it("ends cleanly with the editor", async () => {
    await run(LABEL);
    await until(() => answers(port));
    await scene.ends(user);
    await until(async () => !(await answers(port)) && wasClosedCleanly());
  });
});

function tasks(port: number): object {
  const script = `require("node:fs").writeFileSync(${JSON.stringify(READY)}, "")`;
  const server = { type: "parley", data: `\${workspaceFolder}/team`, problemMatcher: "$parley-server" };
  const shown = { presentation: { reveal: "always", panel: "dedicated" } };
  return {
    version: "2.0.0",
    tasks: [
      { ...server, ...shown, label: LABEL, port },
      { ...server, ...shown, label: "no such address", host: "203.0.113.7", port },
      {
        label: "use the server",
        type: "process",
        command: process.execPath,
        args: ["-e", script],
        dependsOn: LABEL,
        problemMatcher: [],
        presentation: { reveal: "never" },
      },
    ],
  };
}
