/**
 * `npm run bench`: Parley's costs on this machine, on the screen and in bench/results/. `npm run bench -- relay
 * history` runs those groups only, `--runs N` more than 3 runs. Builds first.
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { benchAnswerTimes } from "./answer-times.ts";
import { benchConnections } from "./connections.ts";
import { benchConversation } from "./conversation.ts";
import { benchExtension } from "./extension.ts";
import { Figures, type Report } from "./figures.ts";
import { benchFiles } from "./files.ts";
import { benchHandshake } from "./handshake.ts";
import { benchHistory } from "./history.ts";
import { thisMachine } from "./machine.ts";
import { benchMls } from "./mls.ts";
import { benchRelay } from "./relay.ts";

const GROUPS: Record<string, (report: Report, runs: number) => Promise<void>> = {
  relay: benchRelay,
  connections: benchConnections,
  handshake: benchHandshake,
  conversation: benchConversation,
  mls: benchMls,
  history: benchHistory,
  answers: benchAnswerTimes,
  files: benchFiles,
  extension: (report) => benchExtension(report),
};
const LEAST_RUNS = 3;

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: String(LEAST_RUNS) } },
  allowPositionals: true,
});
const runs = Number(values.runs);
const unknown = positionals.filter((name) => !Object.hasOwn(GROUPS, name));
if (unknown.length > 0)
  fail(`No such group: ${unknown.join(", ")}. There are: ${Object.keys(GROUPS).join(", ")}.`);
if (!Number.isInteger(runs) || runs < LEAST_RUNS) fail(`--runs is a number from ${LEAST_RUNS}.`);

execFileSync("node", ["scripts/package.ts"], { stdio: ["ignore", "ignore", "inherit"] });
const figures = new Figures(thisMachine());
for (const [name, bench] of Object.entries(GROUPS))
  if (positionals.length === 0 || positionals.includes(name)) await bench(figures.report, runs);
console.log(`\n${figures.write("bench/results", commit())}`);
process.exit();

function commit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
  return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") && "+"}`;
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}
