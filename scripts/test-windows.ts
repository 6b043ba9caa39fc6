/**
 * `npm run test:windows`: runs the suites that need no browser, on Windows' own Node in Wine. `npm run
 * test:windows -- test/system/doctor.test.ts server` runs only the tests there. A folder of unit tests, or a
 * single file of the others, gets its own Wine prefix; two run at a time. A failed run is repeated once,
 * alone, since Wine is slow on a busy computer.
 */
import { globSync } from "node:fs";
import { dirname } from "node:path";
import { SUITES } from "./suites.ts";
import { isGood, type Outcome, runOnWindows } from "./windows/run.ts";
import { skipReason } from "./windows/skips.ts";
import { installWindows } from "./windows/wine.ts";

const LANES = 2;

try {
  process.exitCode = (await testWindows(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function testWindows(places: readonly string[]): Promise<boolean> {
  const runs = [...groups(places)];
  if (runs.length === 0) throw new Error(`There are no tests at ${places.join(", ")}.`);
  const windows = await installWindows(console.log);
  await import("./build.ts");

  const again: (readonly [string, readonly string[]])[] = [];
  const outcomes: Outcome[] = [];
  const waiting = [...runs];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = await runOnWindows(windows, ...next);
      tell(outcome);
      if (isGood(outcome)) outcomes.push(outcome);
      else again.push(next);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  for (const run of again) {
    console.log(`\nOnce more, alone: ${run[0]}`);
    const outcome = await runOnWindows(windows, ...run);
    tell(outcome);
    outcomes.push(outcome);
  }
  return conclude(outcomes);
}

/** Returns the files that run together, by name: unit tests by folder, others file by file. */
function groups(places: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (name: string, file: string) => found.set(name, [...(found.get(name) ?? []), file]);
  const files = (suite: keyof typeof SUITES) =>
    globSync(SUITES[suite])
      .filter((file) => places.length === 0 || places.some((place) => file.startsWith(place)))
      .sort();
  for (const file of [...files("system"), ...files("attacks")]) add(file, file);
  for (const file of files("unit")) add(dirname(file), file);
  return found;
}

function tell({ name, seconds, passes, failures, pending, crash }: Outcome): void {
  const counts = [`${passes.length} passed`];
  if (failures.length > 0) counts.push(`${failures.length} failed`);
  if (pending.length > 0) counts.push(`${pending.length} skipped`);
  console.log(`${crash === undefined ? counts.join(", ") : "CRASHED"}  ${name}  ${seconds.toFixed(0)} s`);
}

function conclude(outcomes: readonly Outcome[]): boolean {
  const unexplained: string[] = [];
  const skipped = outcomes.flatMap(({ pending }) => pending.map(({ fullTitle }) => fullTitle));
  if (skipped.length > 0) console.log("\nSkipped:");
  for (const title of skipped) {
    const reason = skipReason(title);
    if (reason === undefined) unexplained.push(title);
    else console.log(`  ${title}: ${reason}`);
  }
  for (const { name, failures, crash } of outcomes) {
    if (crash !== undefined) console.log(`\n${name} ${crash}`);
    for (const { fullTitle, err } of failures)
      console.log(`\n${name}: ${fullTitle}\n${err.stack ?? err.message}`);
  }
  for (const title of unexplained)
    console.log(`\nSkipped, and scripts/windows/skips.ts does not say why: ${title}`);
  const sum = (kind: "passes" | "failures" | "pending") =>
    outcomes.reduce((total, outcome) => total + outcome[kind].length, 0);
  const crashed = outcomes.filter(({ crash }) => crash !== undefined).length;
  console.log(
    `\n${sum("passes")} passed, ${sum("failures") + crashed + unexplained.length} failed, ${sum("pending") - unexplained.length} skipped`,
  );
  return outcomes.every(isGood) && unexplained.length === 0;
}
