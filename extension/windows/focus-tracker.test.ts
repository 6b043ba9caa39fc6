import assert from "node:assert/strict";
import { FocusTracker } from "./focus-tracker.ts";

describe("which window tells the user", () => {
  const at = (time: number, focused = false) => ({ focused, at: time });

  it("is none where there is none", () => {
    assert.equal(new FocusTracker<string>().chosen, undefined);
  });

  it("is the one that is looked at, else the one that was looked at last", () => {
    const attention = new FocusTracker<string>();
    attention.note("a", at(1));
    attention.note("b", at(5));
    attention.note("c", at(2, true));
    assert.equal(attention.chosen, "c");
    attention.note("c", at(6));
    assert.equal(attention.chosen, "c");
    attention.forget("c");
    assert.equal(attention.chosen, "b");
  });

  it("is the later one where two say that they are looked at", () => {
    const attention = new FocusTracker<string>();
    attention.note("a", at(3, true));
    attention.note("b", at(4, true));
    assert.equal(attention.chosen, "b");
  });
});
