/** Brings a whole VS Code (the npm package code-server) into .cache/, once per version. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { command } from "../command.ts";
import { chosenEdition } from "./edition.ts";

/** How VS Code's server is started: a Node, and the script it runs. */
export interface EditorProgram {
  readonly node: string;
  readonly script: string;
}

/**
 * Installs the edition that the environment chooses, if it is not there yet.
 *
 * @param progress told what goes on, since the first time takes up to a minute
 * @throws Error with one line that names the failure and the fix
 */
export async function installEditor(progress: (text: string) => void): Promise<EditorProgram> {
  const { manifest, substitutes, hasNode } = chosenEdition();
  const { dependencies } = JSON.parse(readFileSync(join(manifest, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = dependencies["code-server"];
  const home = resolve(".cache", `vscode-${version}`);
  const program = {
    node: hasNode ? join(home, "node_modules/.bin/node") : process.execPath,
    script: join(home, "node_modules/code-server/lib/vscode/out/server-main.js"),
  };
  const complete = join(home, "complete");
  if (existsSync(complete)) return program;

  progress(`Installing VS Code for the browser (code-server ${version}, about 600 MB on disk, once)…`);
  const fresh = `${home}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(manifest, file), join(fresh, file));
  try {
    // Without scripts: nothing here needs compiling, and its postinstall wants to.
    await npm(fresh, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    // VS Code's own packages; its shrinkwrap is not exact enough for `npm ci`.
    const vscode = join(fresh, "node_modules/code-server/lib/vscode");
    substitute(vscode, substitutes);
    await npm(vscode, "install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund");
    writeFileSync(join(fresh, "complete"), "");
    rmSync(home, { recursive: true, force: true });
    renameSync(fresh, home);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
  return program;
}

/** Names other versions in a package's manifest and shrinkwrap, so that npm takes those. */
function substitute(folder: string, versions: Readonly<Record<string, string>>): void {
  for (const [name, version] of Object.entries(versions)) {
    edit<Manifest>(join(folder, "package.json"), ({ dependencies }) => {
      dependencies[name] = version;
    });
    edit<Shrinkwrap>(join(folder, "npm-shrinkwrap.json"), ({ packages }) => {
      delete packages[`node_modules/${name}`];
    });
  }
}

interface Manifest {
  readonly dependencies: Record<string, string>;
}

interface Shrinkwrap {
  readonly packages: Record<string, unknown>;
}

function edit<T>(path: string, change: (content: T) => void): void {
  const content = JSON.parse(readFileSync(path, "utf8")) as T;
  change(content);
  writeFileSync(path, JSON.stringify(content));
}

async function npm(cwd: string, ...args: string[]): Promise<void> {
  // The variables npm sets for this project's own scripts would steer the other installation.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/.test(name)),
  );
  const { file, args: words, ...how } = command("npm", args);
  const child = spawn(file, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"], ...how });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const status = await new Promise<number | null>((done, fail) =>
    child.once("error", fail).once("close", done),
  );
  if (status !== 0)
    throw new Error(
      `VS Code could not be installed: \`npm ${args[0]}\` in ${cwd} failed. Is the npm registry reachable?\n${output.trim().split("\n").slice(-6).join("\n")}`,
    );
}
