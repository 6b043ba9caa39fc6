/** All that can be said of the code without running it: types and import boundaries, lint and format, unused code, generated code. */
import { spawnSync } from "node:child_process";
import { listSubjects } from "./subjects.ts";

const steps: readonly (readonly [what: string, command: string, ...args: string[]])[] = [
  ["generated code is current", "node", "scripts/generate.ts", "--check"],
  ["types", "tsc", "--build"],
  ["lint, format, import cycles", "biome", "check", "--error-on-warnings", "."],
  ["unused files, exports and dependencies", "knip"],
];

for (const [what, command, ...args] of steps) {
  const started = performance.now();
  const { status } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) {
    console.error(`\ncheck failed: ${what} (${[command, ...args].join(" ")})`);
    process.exit(1);
  }
  console.log(`ok  ${what}  ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

listSubjects();
