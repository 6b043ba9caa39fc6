import assert from "node:assert/strict";
import fc from "fast-check";
import { type Answer, BACK, inSteps } from "./step-order.ts";

describe("questions in several steps", () => {
  /** Runs three questions with these answers. @returns the questions asked, and whether all were answered */
  async function walk(answers: readonly Answer<"done">[]): Promise<readonly [string, boolean]> {
    const left = [...answers];
    let asked = "";
    const question = (name: string) => async () => {
      asked += name;
      return left.shift();
    };
    const whole = await inSteps([question("a"), question("b"), question("c")]);
    return [asked, whole];
  }

  it("are asked in order, and Back asks the one before", async () => {
    assert.deepEqual(await walk(["done", "done", "done"]), ["abc", true]);
    assert.deepEqual(await walk(["done", BACK, "done", "done", "done"]), ["ababc", true]);
    assert.deepEqual(await walk(["done", "done", BACK, BACK, "done", undefined]), ["abcbab", false]);
    assert.deepEqual(await walk([BACK]), ["a", false]);
    assert.deepEqual(await walk([undefined]), ["a", false]);
  });

  it("are complete exactly when the steps forward exceed those back by their number", async () => {
    const answer = fc.constantFrom<Answer<"done">>("done", "done", BACK, undefined);
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 12 }), async (answers) => {
        const [asked, whole] = await walk(answers);
        const used = answers.slice(0, asked.length);
        const on = used.filter((one) => one === "done").length - used.filter((one) => one === BACK).length;
        assert.equal(whole, on === 3);
      }),
    );
  });
});
