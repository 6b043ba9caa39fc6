import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { command } from "./command.ts";

const run = (words: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) => {
  const { file, args, ...how } = command("npm", words);
  return promisify(execFile)(file, args, { ...options, ...how });
};

/**
 * Runs npm.
 * @param major of the npm to run.
 * @throws if it is not on this computer: nothing is downloaded
 */
async function npm(major: number, cwd: string, ...args: readonly string[]): Promise<string> {
  // npm sets variables for our own scripts that would affect this installation.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const onPath = (await run(["--version"], { cwd, env })).stdout.startsWith(`${major}.`);
  const call = onPath ? [] : ["exec", "--offline", "--yes", `--package=npm@${major}`, "--", "npm"];
  return (await run([...call, ...args], { cwd, env })).stdout.trim();
}

/** A dependency that leaves a mark if any of its code runs at installation. */
const MARKING = {
  name: "marking",
  version: "1.0.0",
  scripts: Object.fromEntries(
    ["preinstall", "install", "postinstall"].map((name) => [name, `node mark.cjs ${name}`]),
  ),
};

describe("installation of dependencies", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-install-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const major of [10, 11]) {
    it(`runs no script of a package with npm ${major}`, async function () {
      const version = await npm(major, folder, "--version").catch((error: unknown) => String(error));
      if (!version.startsWith(`${major}.`)) {
        console.log(`      npm ${major} is not on this computer: npx npm@${major} --version brings it`);
        this.skip();
      }
      const dependency = join(folder, "marking");
      mkdirSync(dependency);
      writeFileSync(join(dependency, "package.json"), JSON.stringify(MARKING));
      const mark = JSON.stringify(join(folder, "mark"));
      writeFileSync(
        join(dependency, "mark.cjs"),
        `require("node:fs").appendFileSync(${mark}, process.argv[2])`,
      );
      await npm(major, dependency, "pack", "--ignore-scripts");

      const project = join(folder, "project");
      mkdirSync(project);
      const dependencies = { marking: "file:../marking/marking-1.0.0.tgz" };
      writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", dependencies }));
      const flags = ["--offline", "--no-audit", "--no-fund"] as const;
      copyFileSync(".npmrc", join(project, ".npmrc"));
      await npm(major, project, "install", ...flags);
      await npm(major, project, "ci", ...flags);
      assert.ok(existsSync(join(project, "node_modules/marking/mark.cjs")));
      assert.ok(!existsSync(join(folder, "mark")), "a script ran");

      rmSync(join(project, ".npmrc"));
      await npm(major, project, "ci", ...flags);
      assert.equal(readFileSync(join(folder, "mark"), "utf8"), "preinstallinstallpostinstall");
    });
  }

  it("has a package with Node for each system, pinned by hash in the lock file", () => {
    const { optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      optionalDependencies: Record<string, string>;
    };
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
      packages: Record<string, { version: string; integrity: string; hasInstallScript?: boolean }>;
    };
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const locked = packages[`node_modules/${name}`];
      assert.equal(locked?.version, version);
      assert.match(locked.integrity, /^sha512-/);
      assert.equal(locked.hasInstallScript, undefined);
    }
  });
});
