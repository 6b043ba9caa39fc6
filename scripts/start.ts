/**
 * `npm start`: builds Parley, starts a server, and opens a real VS Code for each of two users, already enrolled.
 *   --users a,b,c  names (alice,bob)    --no-editor  the server alone
 *   --desktop      the desktop `code`   --port N     the server's port (7750; editors take the next ones)
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { command } from "./command.ts";
import { installEditor } from "./editor/install.ts";
import { startEditor } from "./editor/server.ts";

const HELP = `npm start -- [options]
  --users a,b,c  names of the people (alice,bob)
  --port N       the server's port (7750); editors take the next ones
  --no-editor    starts the server alone
  --desktop      uses the VS Code that is installed here (the command code)`;

const HOME = resolve(".cache/start");
const VSIX = resolve("dist/parley.vsix");
const SERVER = resolve("dist/server.js");

interface Options {
  readonly users: readonly string[];
  readonly port: number;
  readonly where: "browser" | "desktop" | "nowhere";
}

const stops: (() => Promise<void>)[] = [];
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stopAll(0));

try {
  await start(readOptions());
} catch (error) {
  if (!stopping) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    await stopAll(1);
  }
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      users: { type: "string", default: "alice,bob" },
      port: { type: "string", default: "7750" },
      desktop: { type: "boolean", default: false },
      "no-editor": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const users = values.users.split(",").map((name) => name.trim());
  const wrong = users.find((name) => !/^[a-z0-9][a-z0-9._-]{0,31}$/.test(name));
  if (wrong !== undefined)
    throw new Error(
      `--users: "${wrong}" is no name. A name has 1 to 32 of a-z 0-9 . _ - and begins with a letter or digit.`,
    );
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_000)
    throw new Error(`--port: "${values.port}" is no port between 1 and 65000.`);
  return { users, port, where: values["no-editor"] ? "nowhere" : values.desktop ? "desktop" : "browser" };
}

async function start({ users, port, where }: Options): Promise<void> {
  const desktop = where === "desktop" ? findDesktop() : undefined;
  step("Building and packaging…");
  await import("./package.ts");

  const data = join(HOME, "server");
  step(`Starting the server on port ${port}, its data in ${data}…`);
  await startServer(data, port);
  if (where === "nowhere") {
    step(
      `The server is running. Invite someone with: npm run server -- invite --data ${data}\nCtrl+C stops it.`,
    );
    return;
  }

  const main = desktop === undefined ? await installEditor(step) : undefined;
  const lines: string[] = [];
  for (const [index, name] of users.entries()) {
    const directory = join(HOME, "users", name);
    mkdirSync(directory, { recursive: true });
    const workspace = sampleWorkspace(directory);
    const env = { PARLEY_INVITE: await invite(data, name), PARLEY_NAME: name };
    if (main !== undefined) {
      step(`Starting ${name}'s VS Code…`);
      const editor = await startEditor({ main, directory, port: port + 1 + index, extensions: [VSIX], env });
      stops.push(() => editor.stop());
      lines.push(`  ${name.padEnd(10)} ${editor.url(workspace)}`);
    } else if (desktop !== undefined) {
      step(`Opening ${name}'s VS Code…`);
      await openDesktop(desktop, directory, workspace, env);
      lines.push(`  ${name.padEnd(10)} a window of its own`);
    }
  }
  const [first = "", second = first] = users;
  const open =
    main === undefined
      ? "Go to the windows, one a person"
      : "Open each address in a browser window of its own";
  console.log(
    [
      ...["", "Ready.", "", ...lines, ""],
      `  1. ${open}.`,
      `  2. As ${first}, click ${second} in the Parley view and press Enter. As ${second}, accept.`,
      "  3. Write. Ctrl+C here stops everything; what you wrote is there again at the next npm start.",
    ].join("\n"),
  );
}

/**
 * Creates a few sample files to talk about. They belong to the user: changes are kept.
 * @returns the folder
 */
function sampleWorkspace(directory: string): string {
  const workspace = join(directory, "lighthouse");
  if (!existsSync(workspace)) cpSync(resolve("scripts/sample-workspace"), workspace, { recursive: true });
  return workspace;
}

async function startServer(data: string, port: number): Promise<void> {
  const args = ["--json", "--data", data, "--port", String(port), "--stop-at-end-of-input"];
  const child = spawn(process.execPath, [SERVER, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  stops.push(() => terminate(child));
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  await new Promise<void>((ready, fail) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes('"listening"')) ready();
    });
    child.once("exit", (code) => {
      const reason = complaint.trim().split("\n").at(-1) ?? "";
      fail(new Error(`The server ended (exit code ${code}). ${reason}`));
      if (!stopping) void stopAll(1);
    });
  });
}

/**
 * Makes an invite for this one name, valid for opening the editor in several browsers in turn. It is passed
 * only through the environment.
 */
async function invite(data: string, name: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    SERVER,
    "invite",
    "--json",
    "--data",
    data,
    "--name",
    name,
    "--uses",
    "100",
    "--expires",
    "1d",
  ]);
  const { link } = JSON.parse(stdout) as { link: string };
  return link;
}

function findDesktop(): string {
  try {
    const { file, args, ...how } = command("code", ["--version"]);
    execFileSync(file, args, { stdio: "ignore", ...how });
    return "code";
  } catch {
    throw new Error(
      "--desktop needs VS Code's `code` on the PATH. Install VS Code, or leave --desktop out to use the browser.",
    );
  }
}

async function openDesktop(
  code: string,
  directory: string,
  workspace: string,
  env: Record<string, string>,
): Promise<void> {
  const own = ["--user-data-dir", join(directory, "data"), "--extensions-dir", join(directory, "extensions")];
  const run = (...words: readonly string[]) => {
    const { file, args, ...how } = command(code, [...own, ...words]);
    return promisify(execFile)(file, args, { env: { ...process.env, ...env }, ...how });
  };
  try {
    await run("--install-extension", VSIX, "--force");
    await run("--new-window", workspace);
  } catch (error) {
    throw new Error(`VS Code could not be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function terminate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.stdin?.end();
  await ended;
}

async function stopAll(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  step("\nStopping…");
  await Promise.allSettled(stops.toReversed().map((stop) => stop()));
  process.exit(code);
}

function step(text: string): void {
  console.log(text);
}
