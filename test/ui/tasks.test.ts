/** This repository's own task for its server, run as by a developer who opened the repository. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { freePort } from "../fixtures/free-port.ts";
import { answers } from "../fixtures/listening.ts";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import { until } from "./until.ts";

const NOT_COPIED: ReadonlySet<string> = new Set([".git", ".cache", "node_modules", "dist"]);
/** A file whose existence shows that the task which depends on the server's ran. */
const READY = "ready.txt";

describe("the task of this repository", function () {
  this.timeout(180_000);
  const scene = withScene();
  let repository = "";
  let port = 0;
  let user: EditorUser;

  before(async () => {
    // The build writes to dist/, which other tests read, so it runs in a copy, as after a clone and `npm ci`.
    repository = join(scene.directory, "parley");
    cpSync(".", repository, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    symlinkSync(resolve("node_modules"), join(repository, "node_modules"), "junction");
    port = await freePort();
    editTasks(join(repository, ".vscode/tasks.json"), port);
    user = await scene.user("maker", { workspace: repository });
  });

  it("builds and runs the server, and reports to the editor when it is ready", async () => {
    const { window } = user;
    // A window that is still starting takes the focus, and closes the question.
    await window.heard();
    await window.command("Tasks: Run Task");
    await window.answer("use the server", "use the server");
    // The editor starts tasks that depend on a background task once its problem matcher saw that it is ready.
    await until(() => existsSync(join(repository, READY)));
    assert.equal(await answers(port), true);
    await window.screenshot("40-task");
  });

  it("stops with its task", async () => {
    const { window } = user;
    await window.command("Tasks: Terminate Task");
    await window.answer("Parley server", "Parley server");
    await until(async () => !(await answers(port)));
  });
});

/** Gives the server a free port, and adds a task that depends on it. */
function editTasks(file: string, port: number): void {
  const text = readFileSync(file, "utf8").replace(/^\s*\/\/.*$/gm, "");
  const { tasks, ...rest } = JSON.parse(text) as { tasks: { label: string; args?: string[] }[] };
  const server = tasks.find(({ label }) => label === "Parley server");
  assert.ok(server?.args, "no such task");
  server.args.push("--port", String(port));
  const script = `require("node:fs").writeFileSync(${JSON.stringify(READY)}, "")`;
  const after = { label: "use the server", type: "process", command: process.execPath, args: ["-e", script] };
  writeFileSync(
    file,
    JSON.stringify({
      ...rest,
      tasks: [...tasks, { ...after, dependsOn: "Parley server", problemMatcher: [] }],
    }),
  );
}
