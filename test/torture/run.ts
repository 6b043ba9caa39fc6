/**
 * `npm run torture -- --minutes N --seed S --users U`: prints the seed, which generates the same plan again.
 * Needs a build.
 */
import { parseArgs } from "node:util";
import { run } from "./campaign.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    users: { type: "string", default: "10" },
  },
});
const [minutes, seed, users] = [Number(values.minutes), Number(values.seed), Number(values.users)];
if (!(minutes > 0) || !Number.isInteger(seed) || !Number.isInteger(users) || users < 3) {
  console.error("torture: --minutes is above 0, --seed a whole number, --users at least 3");
  process.exit(2);
}

console.log(`Seed ${seed}, ${users} users, ${minutes} min.`);
const outcome = await run({ seed, users, durationMs: minutes * 60_000, restMs: 120_000, log: console.log });
const { violations, figures, done, kills, restedMs, commitTimes, evidence } = outcome;
console.log("Done:", done);
console.log("Figures:", { kills, ...figures, restedMs: Math.round(restedMs) });
console.log("The server's commits:", commitTimes);
for (const { wrong, user, peer, what } of violations)
  console.log(`${wrong} at ${user}, with ${peer}: ${what}`);
if (violations.length > 0)
  console.log(`${violations.length} violations; seed ${seed}; evidence in ${evidence}`);
process.exit(violations.length > 0 ? 1 : 0);
