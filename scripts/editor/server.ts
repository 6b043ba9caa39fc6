/** Runs a VS Code for the browser: one user, with data, extensions and settings of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { openFrontDoor } from "./front-door.ts";
import type { EditorProgram } from "./install.ts";

export interface EditorOptions {
  /** The result of installEditor(). */
  readonly main: EditorProgram;
  /** A folder for this user's data and extensions. */
  readonly directory: string;
  /** 0 picks a free port. */
  readonly port?: number;
  /** VSIX files to install first. */
  readonly extensions?: readonly string[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Allows a URL to name a development extension and tests to run. */
  readonly development?: boolean;
}

export interface Editor {
  readonly origin: string;
  readonly directory: string;
  /** Returns the URL that opens `folder`. */
  url(folder: string): string;
  stop(): Promise<void>;
}

/** Quiet defaults: they only turn off distractions from Parley. */
const SETTINGS = {
  "security.workspace.trust.enabled": false,
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
};

/**
 * Starts a VS Code.
 * @throws Error with one line that names the failure and the fix
 */
export async function startEditor(options: EditorOptions): Promise<Editor> {
  const data = join(options.directory, "data");
  const extensions = join(options.directory, "extensions");
  mkdirSync(join(data, "data/User"), { recursive: true });
  writeFileSync(
    join(data, "data/User/settings.json"),
    JSON.stringify({ ...SETTINGS, ...options.settings }, undefined, 2),
  );
  // A window of this editor must not inherit the environment of one that may have started us.
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_)/.test(name))),
    ...options.env,
  };
  for (const vsix of options.extensions ?? []) {
    try {
      await promisify(execFile)(
        options.main.node,
        [
          options.main.script,
          "--install-extension",
          vsix,
          "--force",
          "--extensions-dir",
          extensions,
          "--server-data-dir",
          data,
        ],
        { env },
      );
    } catch (error) {
      throw new Error(`${vsix} could not be installed into VS Code: ${lastLine(error)}`);
    }
  }
  const child = spawn(
    options.main.node,
    [
      options.main.script,
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--without-connection-token",
      "--accept-server-license-terms",
      "--telemetry-level",
      "off",
      // A closed tab does not reconnect: its extension host should end and release its resources.
      "--reconnection-grace-time",
      "5",
      "--server-data-dir",
      data,
      "--extensions-dir",
      extensions,
      ...(options.development ? ["--enable-smoke-test-driver"] : []),
    ],
    { env, stdio: ["ignore", "pipe", "pipe"], detached: process.platform !== "win32" },
  );
  const behind = await listening(child);
  const door = await openFrontDoor(options.port ?? 0, behind, join(data, "key-half")).catch(async (error) => {
    await stop(child);
    throw new Error(
      `VS Code could not listen on port ${options.port}: the port is in use. Stop what uses it, or choose another.`,
      { cause: error },
    );
  });
  const origin = `http://127.0.0.1:${door.port}`;
  return {
    origin,
    directory: options.directory,
    url: (folder) => `${origin}/?folder=${encodeURIComponent(folder)}`,
    stop: () => {
      door.close();
      return stop(child);
    },
  };
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /Extension host agent listening on (\d+)/.exec(output);
      if (found) resolve(Number(found[1]));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(
        new Error(
          `VS Code ended at its start (exit code ${code}): ${output.trim().split("\n").slice(-4).join(" ")}`,
        ),
      ),
    );
  });
}

/**
 * Ends the process with everything it started: extension hosts and terminals are in its process group, which
 * Windows treats as a tree.
 */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((done) => child.once("exit", done));
  if (process.platform === "win32") {
    execFile("taskkill", ["/pid", String(child.pid), "/t", "/f"]);
    await ended;
    return;
  }
  const group = -child.pid;
  process.kill(group, "SIGTERM");
  const force = setTimeout(() => process.kill(group, "SIGKILL"), 5_000);
  await ended;
  clearTimeout(force);
}

function lastLine(error: unknown): string {
  return (
    String(error instanceof Error ? error.message : error)
      .trim()
      .split("\n")
      .at(-1) ?? ""
  );
}
