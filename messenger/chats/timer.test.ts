import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_TIMER_VERSION } from "../../protocol/e2ee/kinds/timer.ts";
import { forgotten, laterTimer, MAX_TIMER_JUMP, NO_TIMER, nextTimer, type Timer } from "./timer.ts";

describe("a chat's timer", () => {
  it("is the later of two", () => {
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

  const versions = fc.oneof(
    fc.constantFrom(0, 1, MAX_TIMER_VERSION - 1, MAX_TIMER_VERSION),
    fc.integer({ min: 0, max: MAX_TIMER_VERSION }),
  );

  it("converges on both sides, for any settings, crossing in any way, from any start", () => {
    const act = fc.record({
      who: fc.constantFrom("a" as const, "b" as const),
      // The other hears each timer in order, some time later; undefined: the other hears.
      sets: fc.option(fc.constantFrom(0, 60, 3600, 86_400), { nil: undefined }),
    });
    fc.assert(
      fc.property(versions, fc.array(act, { maxLength: 40 }), (version, acts) => {
        const timer: Record<"a" | "b", Timer> = { a: { seconds: 0, version }, b: { seconds: 0, version } };
        const line: Record<"a" | "b", Timer[]> = { a: [], b: [] };
        const hear = (who: "a" | "b") => {
          const heard = line[who].shift();
          if (heard !== undefined) timer[who] = laterTimer(timer[who], heard) ?? assert.fail();
        };
        for (const { who, sets } of acts) {
          if (sets === undefined) {
            hear(who);
            continue;
          }
          timer[who] = laterTimer(timer[who], nextTimer(timer[who], sets)) ?? assert.fail();
          assert.equal(timer[who].seconds, sets, "one's own choice counts at once");
          line[who === "a" ? "b" : "a"].push(timer[who]);
        }
        while (line.a.length > 0) hear("a");
        while (line.b.length > 0) hear("b");
        assert.deepEqual(timer.a, timer.b);
      }),
    );
  });

  it("can always be set again after any change by the other side, with versions within the wire's range", () => {
    const heard = fc.record({ seconds: fc.constantFrom(0, 1, 60), version: versions });
    fc.assert(
      fc.property(fc.array(heard), fc.constantFrom(0, 1, 604_800), (all, seconds) => {
        let timer = NO_TIMER;
        for (const one of all) timer = laterTimer(timer, one) ?? timer;
        const mine = nextTimer(timer, seconds);
        assert.deepEqual(laterTimer(timer, mine), mine);
        assert.deepEqual(laterTimer(mine, timer), mine, "to the other side too");
        assert.ok(mine.version >= 1 && mine.version <= MAX_TIMER_VERSION);
      }),
    );
  });

  it("is not accepted with a version far ahead or far behind", () => {
    fc.assert(
      fc.property(versions, fc.integer({ min: 1, max: MAX_TIMER_VERSION }), (version, steps) => {
        const known = { seconds: 60, version };
        const heard = { seconds: 1, version: (version + steps) >>> 0 };
        const back = 2 ** 32 - steps;
        const expected = steps <= MAX_TIMER_JUMP ? heard : back <= MAX_TIMER_JUMP ? known : undefined;
        assert.deepEqual(laterTimer(known, heard), expected);
      }),
    );
    assert.equal(laterTimer(NO_TIMER, { seconds: 1, version: MAX_TIMER_JUMP + 1 }), undefined);
  });

  it("can be set by the user after any number of version jumps, also past a wrap-around", () => {
    let timer = NO_TIMER;
    for (let jump = 0; jump * MAX_TIMER_JUMP < 1.01 * MAX_TIMER_VERSION; jump++) {
      const version = (timer.version + MAX_TIMER_JUMP) % (MAX_TIMER_VERSION + 1);
      const heard = { seconds: 1, version };
      timer = laterTimer(timer, heard) ?? assert.fail("refused");
      if (jump % 100_000 > 0) continue;
      const mine = nextTimer(timer, 60);
      assert.deepEqual(laterTimer(timer, mine), mine);
    }
  });

  it("that was lost is restored when the other side repeats it, and yields to a new one", () => {
    const day = nextTimer(NO_TIMER, 86_400);
    assert.equal(forgotten(day).seconds, 0);
    assert.deepEqual(laterTimer(forgotten(day), day), day);
    const hour = nextTimer(forgotten(day), 3600);
    assert.deepEqual(laterTimer(day, hour), hour);
  });
});
