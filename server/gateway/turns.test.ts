import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

describe("turns", () => {
  const turn = () => new Promise(setImmediate);
  let done: string[];
  let turns: Turns;
  beforeEach(() => {
    done = [];
    turns = new Turns();
  });
  const add = (address: string, name: string, worthIt = true) =>
    turns.add(address, () => {
      if (worthIt) done.push(name);
      return worthIt;
    });

  it("are taken one at a time, by addresses in round-robin order", async () => {
    for (const name of ["a1", "a2", "a3"]) add("a", name);
    add("b", "b1");
    assert.deepEqual(done, []);
    await turn();
    assert.deepEqual(done, ["a1"]);
    add("c", "c1");
    for (let count = 0; count < 5; count++) await turn();
    assert.deepEqual(done, ["a1", "b1", "a2", "c1", "a3"]);
    add("a", "a4");
    await turn();
    assert.equal(done.at(-1), "a4");
  });

  it("are not spent on work that was cancelled", async () => {
    for (let count = 0; count < 1000; count++) add("a", "gone", false);
    for (const name of ["b1", "b2"]) add("b", name);
    await turn();
    await turn();
    assert.deepEqual(done, ["b1", "b2"]);
  });
});
