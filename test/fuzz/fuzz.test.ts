/** Runs every past finding, and some new inputs, on each target. `npm run fuzz` runs longer. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { fault, fuzz } from "./campaign.ts";
import { CORPUS, corpusOf } from "./corpus.ts";
import type { Target } from "./target.ts";
import { isTargetName, TARGET_NAMES, TARGETS } from "./targets.ts";

const SEED = 1;
const MAX_RUNS = 300;
const MAX_MS = 150;

describe("parsers of foreign bytes", function () {
  this.timeout(180_000);

  it("have a target for every folder of the corpus", () => {
    assert.deepEqual(
      readdirSync(CORPUS).filter((name) => !isTargetName(name)),
      [],
    );
  });

  for (const name of TARGET_NAMES)
    describe(name, () => {
      let target: Target;
      before(async () => {
        target = await (await TARGETS[name]())();
      });
      after(() => target.close?.());

      for (const file of corpusOf(name))
        it(`survives ${file.name}`, async () => assert.equal(await fault(target, file.input), undefined));

      it("survives generated valid and mutated inputs", async () => {
        const end = performance.now() + MAX_MS;
        await fuzz(target, {
          seed: SEED,
          corpus: [],
          goesOn: ({ runs }) => runs < MAX_RUNS && performance.now() < end,
          found: ({ input, error }) =>
            assert.fail(`${error.stack}\nwith ${Buffer.from(input).toString("base64")}`),
        });
      });
    });
});
