import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { SUITES } from "../suites.ts";
import { REASONS, skipReason } from "./skips.ts";

describe("the reasons for skipping a test on Windows", () => {
  // A title that was reworded would fail the run in Wine, which takes an hour and runs once a week.
  it("each belong to a test or a suite with such a title", () => {
    const titles = [...SUITES.unit, ...SUITES.system, ...SUITES.attacks].flatMap((files) =>
      globSync(files).flatMap((file) =>
        [...readFileSync(file, "utf8").matchAll(/\b(?:it|describe(?:\.skip)?)\)?\(\s*["`](.*?)["`],/g)].map(
          ([, title = ""]) => title,
        ),
      ),
    );
    assert.ok(titles.length > 2_000);
    for (const [pattern] of REASONS)
      assert.ok(
        titles.some((title) => pattern.test(title)),
        String(pattern),
      );
  });

  it("are given for no other test", () => {
    assert.equal(skipReason("several windows of one profile elect one leader"), undefined);
  });
});
