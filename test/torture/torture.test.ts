/** The short form of `npm run torture`: a fixed seed, whose plan contains every kind of disturbance. */
import assert from "node:assert/strict";
import { run } from "./campaign.ts";
import { plan } from "./scenario.ts";

const SCALE = { users: 4, durationMs: 20_000, windows: [2, 1, 2, 1], disks: true };
const SEED = 1420;

describe("torture", () => {
  it("generates the same plan for the same seed, and another for another", () => {
    assert.deepEqual(plan(SEED, SCALE), plan(SEED, SCALE));
    assert.notDeepEqual(plan(SEED, SCALE), plan(SEED + 1, SCALE));
  });

  it("loses nothing and shows nothing twice despite kills, cuts, stalls, full disks and clock changes", async function () {
    this.timeout(240_000); // It takes some 45 s; a busy machine must not fail it.
    const kinds = new Set(plan(SEED, SCALE).map(({ action }) => action.kind));
    assert.equal(kinds.size, 24, `seed ${SEED} has only ${[...kinds].join(", ")}`);
    const { users, durationMs } = SCALE;
    console.log(
      `    seed ${SEED}; again: npm run torture -- --seed ${SEED} --users ${users} --minutes ${durationMs / 60_000}`,
    );
    const log = (text: string) => console.log(`    ${text}`);
    const { violations, figures, kills, evidence } = await run({
      seed: SEED,
      users,
      durationMs,
      restMs: 90_000,
      log,
    });
    console.log(`    ${kills} kills, ${figures.received} messages received of ${figures.accepted} kept`);
    assert.deepEqual(violations, [], `evidence in ${evidence}`);
    assert.ok(figures.received > 15, "too little was said to prove anything");
  });
});
