import assert from "node:assert/strict";
import { inBatches } from "./in-batches.ts";

describe("values in batches", () => {
  it("are passed on one batch at a time, in order, each once", async () => {
    const told: (readonly number[])[] = [];
    let next: () => void = () => assert.fail("nothing was told");
    const tell = inBatches<number>((batch) => {
      told.push(batch);
      return new Promise((done) => {
        next = done;
      });
    });
    const turn = async () => {
      next();
      await new Promise(setImmediate);
    };
    tell(1);
    for (let value = 2; value <= 101; value++) tell(value);
    assert.deepEqual(told, [[1]]);
    await turn();
    assert.equal(told.length, 2, "a hundred at once are one batch");
    tell(102);
    await turn();
    await turn();
    assert.deepEqual(
      told.flat(),
      Array.from({ length: 102 }, (_, index) => index + 1),
    );
    tell(103);
    assert.deepEqual(told.at(-1), [103]);
  });
});
