/**
 * Runs one of our programs with the Node 24 of package-lock.json, under any Node. npm 10 creates no link to it
 * in node_modules/.bin: it removes the packages of other systems together with the name that they share.
 * CommonJS for Node 20, which cannot read TypeScript.
 *
 *     node scripts/node-24.cjs scripts/start.ts ARGUMENTS…
 */
const { spawn } = require("node:child_process");
const { existsSync, readFileSync, realpathSync, symlinkSync } = require("node:fs");
const { delimiter, dirname, join, resolve } = require("node:path");
const { pathToFileURL } = require("node:url");

const ROOT = dirname(__dirname);
const MODULES = join(ROOT, "node_modules");

/** Returns the path of the installed binary (each package is for one system), or undefined if there is none for this one. */
function installed() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const name of Object.keys(optionalDependencies)) {
    const manifest = join(MODULES, name, "package.json");
    if (existsSync(manifest))
      return join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.node);
  }
  return undefined;
}

/** Links the binary where `npx mocha` and similar commands find it as `node`. */
function link(binary) {
  const name = join(MODULES, ".bin/node");
  if (process.platform !== "win32" && !existsSync(name)) symlinkSync(binary, name);
}

function runHere() {
  process.argv.splice(1, 1);
  process.argv[1] = resolve(process.argv[1]);
  void import(pathToFileURL(process.argv[1]).href);
}

function runWith(binary) {
  link(binary);
  const env = { ...process.env, PATH: dirname(binary) + delimiter + process.env.PATH };
  const child = spawn(binary, process.argv.slice(2), { stdio: "inherit", env });
  // A terminal signals both of us; signals from elsewhere are passed on.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
}

const binary = installed();
if (binary !== undefined && realpathSync(process.execPath) !== realpathSync(binary)) runWith(binary);
else if (Number(process.versions.node.split(".")[0]) >= 24) runHere();
else {
  console.error(
    `Parley needs Node 24, and npm has none for ${process.platform} on ${process.arch}: install it yourself.`,
  );
  process.exitCode = 1;
}
