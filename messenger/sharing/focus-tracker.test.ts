import assert from "node:assert/strict";
import { FocusTracker } from "./focus-tracker.ts";

describe("the window that notifies the user", () => {
  const at = (time: number, focused = false) => ({ focused, at: time });

  it("is none without windows", () => {
    assert.equal(new FocusTracker<string>().chosen, undefined);
  });

  it("is the focused one, else the one that was focused last", () => {
    const tracker = new FocusTracker<string>();
    tracker.note("a", at(1));
    tracker.note("b", at(5));
    tracker.note("c", at(2, true));
    assert.equal(tracker.chosen, "c");
    tracker.note("c", at(6));
    assert.equal(tracker.chosen, "c");
    tracker.forget("c");
    assert.equal(tracker.chosen, "b");
  });

  it("is the later one when two report the focus", () => {
    const tracker = new FocusTracker<string>();
    tracker.note("a", at(3, true));
    tracker.note("b", at(4, true));
    assert.equal(tracker.chosen, "b");
  });
});
