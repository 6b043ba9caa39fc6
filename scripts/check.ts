/**
 * Runs every check that needs no tests: types and import boundaries, lint and format, unused code, generated
 * code.
 */
import { spawnSync } from "node:child_process";
import { command } from "./command.ts";
import { listSubjects } from "./subjects.ts";

const steps: readonly (readonly [what: string, program: string, ...rest: string[]])[] = [
  ["generated code is current", "node", "scripts/generate.ts", "--check"],
  ["types", "tsc", "--build"],
  ["lint, format, import cycles", "biome", "check", "--error-on-warnings", "."],
  ["unused files, exports and dependencies", "knip"],
];

for (const [what, program, ...rest] of steps) {
  const started = performance.now();
  const { file, args, ...how } = command(program, rest);
  const { status } = spawnSync(file, args, { stdio: "inherit", ...how });
  if (status !== 0) {
    console.error(`\ncheck failed: ${what} (${[program, ...rest].join(" ")})`);
    process.exit(1);
  }
  console.log(`ok  ${what}  ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

listSubjects();
