/**
 * A server run as a task, in both ways, each read by the editor from a tasks.json: the task type of the
 * extension, and the task of this repository, whose tasks.json is copied into the test's workspace.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { EXTENSION_ID, TASK_TYPE } from "../../extension/ids.ts";
import { freePort } from "../fixtures/free-port.ts";
import { answers } from "../fixtures/listening.ts";

const READY_MS = 30_000;
const LOOK_AGAIN_MS = 100;

interface WrittenTask {
  readonly label: string;
  readonly type: string;
  readonly [property: string]: unknown;
}

describe("a server started as a task", function () {
  this.timeout(180_000);
  let data = "";
  let port = 0;
  beforeEach(async () => {
    data = mkdtempSync(join(tmpdir(), "parley-task-"));
    port = await freePort();
  });
  afterEach(() => {
    rmSync(data, { recursive: true, force: true });
  });

  it('is offered as the task type "parley"', async () => {
    const [offered, ...more] = await vscode.tasks.fetchTasks({ type: TASK_TYPE });
    assert.ok(offered, "no task is offered");
    assert.equal(more.length, 0);
    assert.equal(offered.isBackground, true);
    assert.ok(offered.execution instanceof vscode.CustomExecution);
  });

  it('runs from a tasks.json with "type": "parley", and stops with its task', async () => {
    await runWritten(
      { label: "own server", type: TASK_TYPE, port, data, problemMatcher: "$parley-server" },
      port,
      data,
    );
  });

  it("runs from this repository's tasks.json, and stops with its task", async () => {
    const { extensionPath } = vscode.extensions.getExtension(EXTENSION_ID) ?? assert.fail();
    const text = readFileSync(join(extensionPath, ".vscode", "tasks.json"), "utf8").replace(
      /^\s*\/\/.*$/gm,
      "",
    );
    const { tasks } = JSON.parse(text) as { tasks: readonly WrittenTask[] };
    const { dependsOn, ...written } =
      tasks.find(({ label }) => label === "Parley server") ?? assert.fail("no such task");
    assert.equal(dependsOn, "Build", "a fresh clone has nothing built yet");
    const args = (written["args"] as readonly string[]).map((argument) =>
      argument === ".cache/server" ? data : argument,
    );
    // Already built for these tests, in another folder than a developer's.
    await runWritten(
      { ...written, args: [...args, "--port", String(port)], options: { cwd: extensionPath } },
      port,
      data,
    );
  });
});

/** Writes the task into the workspace, lets the editor read it, runs it until the server answers, and ends it. */
async function runWritten(task: WrittenTask, port: number, data: string): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder, "the tests need a folder");
  const directory = join(folder.uri.fsPath, ".vscode");
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(join(directory, "tasks.json"), JSON.stringify({ version: "2.0.0", tasks: [task] }));
    await runUntilReady(await readByEditor(task.label), port, data);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function readByEditor(label: string): Promise<vscode.Task> {
  let found: vscode.Task | undefined;
  await until(`the editor to read the task ${label}`, async () => {
    found = (await vscode.tasks.fetchTasks()).find(
      ({ name, source }) => name === label && source === "Workspace",
    );
    return found !== undefined;
  });
  return found ?? assert.fail();
}

async function runUntilReady(task: vscode.Task, port: number, data: string): Promise<void> {
  const ended: vscode.TaskExecution[] = [];
  const listener = vscode.tasks.onDidEndTask(({ execution }) => ended.push(execution));
  try {
    const execution = await vscode.tasks.executeTask(task);
    await until("the server to listen", async () => {
      assert.ok(!ended.includes(execution), "the task ended before the server listened");
      return answers(port);
    });
    execution.terminate();
    await until("the task to end", async () => ended.includes(execution));
    await until("the server to be gone", async () => !(await answers(port)));
    await until("its database to be closed", async () => !existsSync(join(data, "parley.sqlite-wal")));
  } finally {
    listener.dispose();
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, LOOK_AGAIN_MS));
  }
}
