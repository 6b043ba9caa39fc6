/** Installs a complete VS Code (the npm package code-server) into .cache/, once per version. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { npm } from "../npm.ts";
import { chosenEdition } from "./edition.ts";

/** How to start VS Code's server: a Node, and the script that it runs. */
export interface EditorProgram {
  readonly node: string;
  readonly script: string;
}

/**
 * Installs the edition that the environment chooses, if it is missing.
 * @param progress called with each step, since the first time takes up to a minute
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
    // Without scripts: nothing here needs compiling, but its postinstall would.
    await npm(fresh, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    // VS Code's own packages; their shrinkwrap is not exact enough for `npm ci`.
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

/** Replaces versions in a package's manifest and shrinkwrap, so that npm installs those. */
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
