/** Brings a whole VS Code (the npm package code-server) into .cache/, once per version. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const HERE = import.meta.dirname;

/**
 * @param progress told what goes on, since the first time takes up to a minute
 * @returns the path of VS Code's server-main.js
 * @throws Error with one line that names the failure and the fix
 */
export async function installEditor(progress: (text: string) => void): Promise<string> {
  const manifest = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const version = manifest.dependencies["code-server"];
  const home = resolve(".cache", `vscode-${version}`);
  const main = join(home, "node_modules/code-server/lib/vscode/out/server-main.js");
  const complete = join(home, "complete");
  if (existsSync(complete)) return main;

  progress(`Installing VS Code for the browser (code-server ${version}, about 600 MB on disk, once)…`);
  const fresh = `${home}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(HERE, file), join(fresh, file));
  try {
    // Without scripts: nothing here needs compiling, and its postinstall wants to.
    await npm(fresh, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    // VS Code's own packages; its shrinkwrap is not exact enough for `npm ci`.
    const vscode = join(fresh, "node_modules/code-server/lib/vscode");
    await npm(vscode, "install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund");
    writeFileSync(join(fresh, "complete"), "");
    rmSync(home, { recursive: true, force: true });
    renameSync(fresh, home);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
  return main;
}

async function npm(cwd: string, ...args: string[]): Promise<void> {
  // The variables npm sets for this project's own scripts would steer the other installation.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/.test(name)),
  );
  const child = spawn("npm", args, {
    cwd,
    env,
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
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
