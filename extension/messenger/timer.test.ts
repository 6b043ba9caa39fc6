import assert from "node:assert/strict";
import fc from "fast-check";
import { laterTimer, NO_TIMER, nextTimer, type Timer } from "./timer.ts";

describe("a chat's timer", () => {
  it("is the later one", () => {
    const day = nextTimer(NO_TIMER, 86_400);
    const off = nextTimer(day, 0);
    assert.deepEqual(laterTimer(day, off), off);
    assert.deepEqual(laterTimer(off, day), off);
    assert.deepEqual(laterTimer(NO_TIMER, day), day);
  });

  it("is the shorter of two that crossed", () => {
    const [hour, week, off] = [3600, 604_800, 0].map((seconds) => nextTimer(NO_TIMER, seconds));
    assert.ok(hour && week && off);
    assert.deepEqual(laterTimer(week, hour), hour);
    assert.deepEqual(laterTimer(off, week), week);
  });

  it("comes to the same on both sides, whatever they set and however it crosses", () => {
    const act = fc.record({
      who: fc.constantFrom("a" as const, "b" as const),
      // What was sent is heard by the other in order, some time later; undefined: the other hears.
      sets: fc.option(fc.constantFrom(0, 60, 3600, 86_400), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const timer: Record<"a" | "b", Timer> = { a: NO_TIMER, b: NO_TIMER };
        const line: Record<"a" | "b", Timer[]> = { a: [], b: [] };
        const hear = (who: "a" | "b") => {
          const heard = line[who].shift();
          if (heard !== undefined) timer[who] = laterTimer(timer[who], heard);
        };
        for (const { who, sets } of acts) {
          if (sets === undefined) {
            hear(who);
            continue;
          }
          timer[who] = laterTimer(timer[who], nextTimer(timer[who], sets));
          assert.equal(timer[who].seconds, sets, "one's own choice counts at once");
          line[who === "a" ? "b" : "a"].push(timer[who]);
        }
        while (line.a.length > 0) hear("a");
        while (line.b.length > 0) hear("b");
        assert.deepEqual(timer.a, timer.b);
      }),
    );
  });

  it("has versions that the wire can carry, to the last", () => {
    const last = { seconds: 60, version: 2 ** 32 - 1 };
    assert.equal(nextTimer(last, 30).version, 2 ** 32 - 1);
    assert.equal(laterTimer(last, nextTimer(last, 30)).seconds, 30);
  });
});
