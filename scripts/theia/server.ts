/** Runs a Theia for the browser: one user, with a configuration, extensions and a workspace of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface TheiaOptions {
  /** The result of installTheia(). */
  readonly main: string;
  /** A folder for this user, kept when the backend ends. */
  readonly directory: string;
  /** VSIX files to install. */
  readonly extensions: readonly string[];
}

export interface Theia {
  readonly url: string;
  stop(): Promise<void>;
}

const SETTINGS = {
  "security.workspace.trust.enabled": false,
  "security.workspace.trust.startupPrompt": "never",
};

/**
 * Starts Theia.
 * @throws Error with the last output of a backend that did not start
 */
export async function startTheia({ main, directory, extensions }: TheiaOptions): Promise<Theia> {
  const [configuration, workspace, home] = ["configuration", "workspace", "home"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  for (const folder of [join(configuration, "plugins"), workspace, home])
    mkdirSync(folder, { recursive: true });
  for (const vsix of extensions) copyFileSync(vsix, join(configuration, "plugins", basename(vsix)));
  writeFileSync(join(configuration, "settings.json"), JSON.stringify(SETTINGS));
  const child = spawn(process.execPath, [main, workspace, "--hostname", "127.0.0.1", "--port", "0"], {
    env: {
      ...Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^(VSCODE_|THEIA_|DBUS_)/.test(name)),
      ),
      HOME: home,
      THEIA_CONFIG_DIR: configuration,
      // A page in a webview has an origin of its own, which a browser under test allows neither cookies nor a
      // service worker.
      THEIA_WEBVIEW_EXTERNAL_ENDPOINT: "{{hostname}}",
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  return { url: await listening(child), stop: () => stop(child) };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /Theia app listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output);
      if (found?.[1] !== undefined) resolve(found[1]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(
        new Error(
          `Theia ended at its start (exit code ${code}): ${output.trim().split("\n").slice(-4).join(" ")}`,
        ),
      ),
    );
  });
}

/** Ends the backend with its plugin hosts and terminals, which are in its process group. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((done) => child.once("exit", done));
  process.kill(-child.pid, "SIGTERM");
  const force = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"), 10_000);
  await ended;
  clearTimeout(force);
}
