import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { briefText, dateAndTimeText, dateText, dayText, timeText, useLanguage } from "./times.ts";

const now = new Date(2026, 10, 30, 19, 12).getTime();
const words = { today: "Today", yesterday: "Yesterday" };

describe("days and times", () => {
  afterEach(() => useLanguage(""));

  it("are in the language that was set", () => {
    useLanguage("de");
    assert.equal(dateAndTimeText(now), "30.11.2026, 19:12");
    assert.equal(timeText(now), "19:12");
    useLanguage("en");
    assert.match(timeText(now), /^7:12\sPM$/);
    assert.equal(dateText(now), "Nov 30, 2026");
  });

  it("are as short as is clear, by calendar days instead of 24 hours", () => {
    useLanguage("en-GB");
    assert.equal(briefText(new Date(2026, 10, 30, 0, 1).getTime(), now), "00:01");
    assert.equal(briefText(new Date(2026, 10, 29, 23, 59).getTime(), now), "Sun");
    assert.equal(briefText(new Date(2026, 10, 23, 23, 59).getTime(), now), "23 Nov");
    assert.equal(briefText(new Date(2025, 10, 30).getTime(), now), "30 Nov 2025");
    assert.equal(briefText(now + 86_400_000, now), "1 Dec", "a clock of theirs that is ahead");
  });

  it("name the last two days, each other day with its weekday, also over a clock change", () => {
    useLanguage("en-GB");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 23 }), (days, hour) => {
        const text = dayText(new Date(2026, 10, 30 - days, hour).getTime(), now, words);
        if (days === 0) assert.equal(text, "Today");
        else if (days === 1) assert.equal(text, "Yesterday");
        else assert.match(text, days <= 333 ? /^\w+day,? \d+ \w+$/ : /^\w+day,? \d+ \w+ \d{4}$/);
      }),
    );
  });

  it("are formatted nowhere else", () => {
    const elsewhere = globSync("{extension,messenger,terminal}/**/*.ts", {
      exclude: ["**/*.test.ts"],
    }).filter((path) =>
      /toLocale(Date|Time)?String|\b(DateTimeFormat|NumberFormat)\b/.test(readFileSync(path, "utf8")),
    );
    assert.deepEqual(elsewhere, [join("messenger", "text", "times.ts")]);
  });
});
