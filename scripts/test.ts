/**
 * Runs every test, from the quickest to the real VS Code windows. `npm test -- unit system` runs only those.
 * What the tests need from the system is found or installed first (scripts/editor/).
 */
import { spawn } from "node:child_process";
import { findChromium } from "./editor/chromium.ts";
import { installEditor } from "./editor/install.ts";

const SUITES = {
  unit: ["{protocol,server,extension,scripts}/**/*.test.ts"],
  system: ["test/system/**/*.test.ts"],
  attacks: ["test/attacks/**/*.test.ts"],
  fuzz: ["test/fuzz/**/*.test.ts"],
  torture: ["test/{torture,soak}/**/*.test.ts"],
  webview: ["test/webview/**/*.test.ts"],
  host: ["test/host.test.ts"],
  ui: ["test/ui/**/*.test.ts"],
} as const satisfies Record<string, readonly string[]>;
type Suite = keyof typeof SUITES;
const IN_A_BROWSER: readonly Suite[] = ["fuzz", "webview", "host", "ui"];
const ALL = Object.keys(SUITES) as Suite[];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !ALL.includes(name as Suite));
if (unknown.length > 0) fail(`No such suite: ${unknown.join(", ")}. There are: ${ALL.join(", ")}.`);
const suites = asked.length > 0 ? ALL.filter((name) => asked.includes(name)) : ALL;

try {
  if (suites.some((name) => IN_A_BROWSER.includes(name))) findChromium();
  if (suites.some((name) => name === "host" || name === "ui")) await installEditor(console.log);
  await import("./package.ts");
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

const total = { passing: 0, failing: 0, pending: 0 };
let broken = false;
for (const name of suites) {
  console.log(`\n== ${name} ==`);
  const result = await mocha(SUITES[name]);
  for (const key of ["passing", "failing", "pending"] as const) total[key] += result[key];
  // A run that ended badly without a failing test (a crash, no test found) must not pass for green.
  if (result.status !== 0 || result.passing === 0) broken = true;
}
console.log(
  `\n${total.passing} passed, ${total.failing} failed${total.pending > 0 ? `, ${total.pending} skipped` : ""}`,
);
process.exit(broken ? 1 : 0);

interface Result {
  passing: number;
  failing: number;
  pending: number;
  status: number | null;
}

async function mocha(files: readonly string[]): Promise<Result> {
  const child = spawn("mocha", [...files], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
    shell: process.platform === "win32",
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk);
    output += chunk.toString();
  });
  const status = await new Promise<number | null>((done) => child.once("close", done));
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(output)?.[1] ?? 0);
  return { passing: count("passing"), failing: count("failing"), pending: count("pending"), status };
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}
