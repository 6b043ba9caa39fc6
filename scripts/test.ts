/**
 * Runs every test, and shows the results from the fastest suite to real VS Code windows. `npm test -- unit
 * system` runs only those, `--oldest` in the oldest VS Code that the manifest allows. Three suites run at a
 * time. The tests' system packages are found or installed first (scripts/editor/).
 */
import { findChromium } from "./editor/chromium.ts";
import { EDITION_VARIABLE } from "./editor/edition.ts";
import { installEditor } from "./editor/install.ts";
import { SuiteRun } from "./suite-run.ts";
import { SUITES, type Suite } from "./suites.ts";

const IN_A_BROWSER: readonly Suite[] = ["fuzz", "webview", "host", "ui"];
/** Run in parallel, since one computes while the others wait; of about the same length. */
const LANES: readonly (readonly Suite[])[] = [["system", "torture"], IN_A_BROWSER, ["unit", "attacks"]];
/** Two files of these at a time: they mostly wait, for processes or for a browser. */
const WAIT_MOSTLY: readonly Suite[] = ["unit", "system", "webview", "ui"];
const ALL = Object.keys(SUITES) as Suite[];

const asked = process.argv.slice(2).filter((argument) => argument !== "--oldest");
if (process.argv.includes("--oldest")) process.env[EDITION_VARIABLE] = "oldest";
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

const runs = new Map(
  suites.map((name) => [name, new SuiteRun(SUITES[name], WAIT_MOSTLY.includes(name) ? 2 : 1)]),
);
for (const lane of LANES) void runInTurn(suites.filter((name) => lane.includes(name)));

const total = { passing: 0, failing: 0, pending: 0 };
let broken = false;
const failures: string[] = [];
for (const [name, run] of runs) {
  console.log(`\n== ${name} ==`);
  const result = await run.shown();
  for (const key of ["passing", "failing", "pending"] as const) total[key] += result[key];
  if (result.failures !== "") failures.push(`== ${name} ==\n${result.failures}`);
  // A run that ended badly without a failing test (a crash, no test found) must not pass.
  if (result.status !== 0 || result.passing === 0) broken = true;
}
// Repeated at the end, since CI logs are often truncated to their tail.
if (failures.length > 0) console.log(`\n${failures.join("\n\n")}`);
console.log(
  `\n${total.passing} passed, ${total.failing} failed${total.pending > 0 ? `, ${total.pending} skipped` : ""}`,
);
process.exit(broken ? 1 : 0);

async function runInTurn(lane: readonly Suite[]): Promise<void> {
  for (const name of lane) await runs.get(name)?.start();
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}
