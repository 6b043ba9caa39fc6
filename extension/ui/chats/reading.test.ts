import assert from "node:assert/strict";
import fc from "fast-check";
import { ATTENTION_MS, Reading, type ReadingPlace } from "./reading.ts";

const inFront: ReadingPlace = { visible: true, focused: true, active: false };

function desk(place: ReadingPlace) {
  const state = { place, now: 1_000_000, read: 0 };
  const reading = new Reading({
    place: () => state.place,
    markRead: () => state.read++,
    now: () => state.now,
  });
  return { state, reading };
}

describe("reading", () => {
  it("continues while the page is used, even without input in the rest of the editor", () => {
    const { state, reading } = desk(inFront);
    for (let minute = 1; minute <= 10; minute++) {
      reading.outdated(); // a message came
      state.now += 2 * ATTENTION_MS;
      reading.onScreen(true);
      assert.equal(state.read, minute);
    }
  });

  it("stops a minute after the last input to page or window, and resumes at the next", () => {
    const { state, reading } = desk(inFront);
    reading.onScreen(true);
    reading.outdated();
    state.now += 2 * ATTENTION_MS;
    reading.onScreen(false);
    assert.equal(state.read, 1);
    reading.onScreen(true);
    assert.equal(state.read, 2);
  });

  it("does not count old activity as present when the window comes to the front", () => {
    const { state, reading } = desk({ ...inFront, focused: false });
    reading.onScreen(true);
    state.now += ATTENTION_MS;
    state.place = inFront;
    reading.consider();
    assert.equal(state.read, 0);
    state.place = { ...inFront, active: true };
    reading.consider();
    assert.equal(state.read, 1);
  });

  it("is done for a user who answers", () => {
    const { state, reading } = desk(inFront);
    reading.answered();
    assert.equal(state.read, 1);
  });

  it("needs the newest message to be visible in a focused window in use", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (visible, focused, active, used) => {
          const { state, reading } = desk({ visible, focused, active });
          reading.consider();
          const before = state.read;
          reading.onScreen(used);
          assert.deepEqual([before, state.read], [0, visible && focused && (active || used) ? 1 : 0]);
        },
      ),
    );
  });
});
