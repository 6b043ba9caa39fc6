import assert from "node:assert/strict";
import fc from "fast-check";
import { untranslated as t } from "../translate.ts";
import { dayText, parseDay } from "./day-text.ts";

const now = new Date(2026, 10, 23, 14, 30).getTime();

describe("a typed day", () => {
  it("is read as the midnight at its start", () => {
    const midnight = new Date(2026, 10, 23).getTime();
    assert.equal(parseDay(" 2026-11-23 ", now, t), midnight);
    assert.equal(parseDay("Today", now, t), midnight);
    assert.equal(parseDay("yesterday", now, t), new Date(2026, 10, 22).getTime());
    assert.equal(parseDay("2026-1-5", now, t), new Date(2026, 0, 5).getTime());
  });

  it("is refused when there is no such day", () => {
    for (const text of [
      "",
      "2026-02-31",
      "2026-13-01",
      "2026-00-10",
      "23.11.2026",
      "2026-11",
      "tomorrow",
      "1e3-1-1",
    ])
      assert.equal(parseDay(text, now, t), undefined, text);
  });

  it("is read as the day that a date was formatted from", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(1971, 0), max: new Date(2200, 0), noInvalidDate: true }),
        (date) => {
          const midnight = parseDay(dayText(date.getTime()), now, t);
          assert.ok(midnight !== undefined && midnight <= date.getTime());
          assert.equal(new Date(midnight).toDateString(), date.toDateString());
        },
      ),
    );
  });
});
