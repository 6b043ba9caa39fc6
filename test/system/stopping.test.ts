/**
 * Two ways to stop a server cleanly without signals, which Windows lacks: the end of its input, and
 * `parley-server stop`.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";

const PROGRAM = "dist/server.js";
const POSIX = process.platform !== "win32";

describe("a server that another program runs", function () {
  this.timeout(180_000);
  let data = "";
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "parley-stopping-"));
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  const start = async (...args: string[]) => {
    const child = spawn(process.execPath, [PROGRAM, "--data", data, "--port", "0", ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const ended = once(child, "exit");
    const said: string[] = [];
    const lines = createInterface({ input: child.stdout });
    const saidAll = once(lines, "close");
    await new Promise<void>((listening, fail) => {
      lines.on("line", (line) => {
        said.push(line);
        if (line.startsWith("Parley server listening")) listening();
      });
      void ended.then(() => fail(new Error("it ended before it listened")));
    });
    return { child, said, ended: ended.then(([code]) => code), saidAll };
  };

  it("stops cleanly when its input ends, with its last log line written", async () => {
    const { child, said, ended, saidAll } = await start("--stop-at-end-of-input");
    child.stdin.end();
    assert.equal(await ended, 0);
    await saidAll;
    assert.deepEqual(said.slice(-2), ["Parley server stopping", "Parley server stopped"]);
    assert.equal(existsSync(join(data, "parley.sqlite-wal")), false, "the database was closed");
  });

  it("ignores its input, and the input's end unless --stop-at-end-of-input is given", async () => {
    const asked = await start("--stop-at-end-of-input");
    await new Promise((written) => asked.child.stdin.write("stop\n".repeat(10_000), written));
    const users = execFile(process.execPath, [PROGRAM, "users", "--data", data]);
    assert.deepEqual(await once(users, "exit"), [0, null]);
    assert.equal(asked.child.exitCode, null);
    asked.child.stdin.end();
    assert.equal(await asked.ended, 0);

    const unasked = await start();
    unasked.child.stdin.end();
    const stop = execFile(process.execPath, [PROGRAM, "stop", "--data", data]);
    assert.deepEqual(await once(stop, "exit"), [0, null]);
    assert.deepEqual(unasked.said.slice(-2)[0], "Parley server stopping");
    assert.equal(await unasked.ended, 0);
  });

  it("exits when it cannot start, though its input stays open", async () => {
    const first = await start("--stop-at-end-of-input");
    const second = spawn(process.execPath, [PROGRAM, "--data", data, "--stop-at-end-of-input"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    assert.deepEqual(await once(second, "exit"), [3, null]);
    first.child.stdin.end();
    await first.ended;
  });

  it("stops when the program that started it is killed", async () => {
    // That program holds only the pipe, like an editor that crashes.
    const script = `
      const { spawn } = require("node:child_process");
      const child = spawn(process.execPath, ${JSON.stringify([PROGRAM, "--data", data, "--port", "0", "--stop-at-end-of-input"])},
        { stdio: ["pipe", "pipe", "ignore"], detached: true });
      let said = "";
      child.stdout.on("data", (chunk) => { said += chunk; if (said.includes("listening on")) console.log(child.pid); });`;
    const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [chunk] = await once(parent.stdout, "data");
    const pid = Number(chunk);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    while (isAlive(pid)) await new Promise((next) => setTimeout(next, 50));
    assert.equal(existsSync(join(data, "parley.sqlite-wal")), false, "the database was closed");
  });
});

describe("parley-server stop", function () {
  this.timeout(180_000);
  let server: RealServer;
  before(async () => {
    server = await RealServer.start();
  });
  after(() => server.remove());

  const stop = (...more: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((done) =>
      execFile(
        process.execPath,
        [PROGRAM, "stop", "--json", "--data", server.folder, ...more],
        (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }),
      ),
    );

  it("stops the running server as a signal does: with a QUIT to people, and the folder free", async () => {
    const alice = new Person(await server.invite(), "alice");
    await alice.client.connect();
    const { code, stdout } = await stop();
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).event, "stopped");
    await server.ended();
    assert.deepEqual(server.exit, { code: 0, signal: null });
    assert.equal(existsSync(join(server.folder, "parley.sqlite-wal")), false);
    await alice.client.close();
  });

  it("reports that none runs, and does not stop the next one", async () => {
    const { code, stdout } = await stop();
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).event, "not-running");
    await server.restart();
    const users = execFile(process.execPath, [PROGRAM, "users", "--data", server.folder]);
    assert.deepEqual(await once(users, "exit"), [0, null]);
    assert.deepEqual(
      server.exit,
      { code: null, signal: null },
      "it was stopped by what an earlier one was asked",
    );
  });

  it("stops a later run too", async () => {
    assert.equal((await stop()).code, 0);
    await server.restart();
    assert.equal((await stop()).code, 0);
    assert.deepEqual(server.exit, { code: 0, signal: null });
    await server.restart();
  });

  it("stops the running server, after an earlier one was killed", async () => {
    await server.kill();
    await server.restart();
    assert.equal(JSON.parse((await stop()).stdout).event, "stopped");
    await server.restart();
  });

  it("gives up on a server that hangs, with the remedy", async function () {
    if (!POSIX) this.skip();
    server.signal("SIGSTOP");
    try {
      const { code, stderr } = await stop("--wait", "2s");
      assert.equal(code, 3);
      assert.match(JSON.parse(stderr).message, /didn't stop within 2 s. End its process/);
    } finally {
      server.signal("SIGCONT");
    }
    await server.ended();
    await server.restart();
  });

  it("changes nothing in a killed server's folder", async () => {
    await server.kill();
    const { code, stdout } = await stop();
    assert.deepEqual([code, JSON.parse(stdout).event], [0, "not-running"]);
    assert.equal(existsSync(join(server.folder, "parley.sqlite-wal")), true);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
