/** Builds an Eclipse Theia for the browser from npm, in .cache/, once per version. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { npm } from "../npm.ts";

const HERE = import.meta.dirname;
/** Packages with native code, which has to be compiled. */
const NATIVE = ["drivelist", "node-pty"];

/**
 * Installs Theia.
 * @param progress called with a line for each step, since the first time takes some minutes
 * @returns the path of the backend's main.js
 * @throws Error with one line that names the failure and the fix
 */
export async function installTheia(progress: (text: string) => void): Promise<string> {
  // Theia builds CommonJS modules; `type` is only for the files beside this one.
  const { type: _, ...manifest } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")) as {
    readonly type: string;
    readonly dependencies: Record<string, string>;
  };
  const version = manifest.dependencies["@theia/core"];
  const home = resolve(".cache", `theia-${version}`);
  const complete = join(home, "complete");
  const main = join(home, "lib/backend/main.js");
  if (existsSync(complete)) return main;

  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  cpSync(join(HERE, "package-lock.json"), join(home, "package-lock.json"));
  progress(`Installing Theia ${version} from npm (700 MB on disk, once)…`);
  await npm(home, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
  progress(`Compiling ${NATIVE.join(" and ")} (needs python3, make and a C++ compiler)…`);
  await npm(home, "rebuild", ...NATIVE, "--ignore-scripts=false");
  progress("Building Theia…");
  await npm(home, "exec", "--", "theia", "build", "--mode", "development");
  writeFileSync(complete, "");
  return main;
}
