import assert from "node:assert/strict";
import { useLanguage } from "../../../messenger/text/times.ts";
import { username } from "../../../protocol/names.ts";
import { previewText } from "../../contract/markdown/without-marks.ts";
import { untranslated as t } from "../translate.ts";
import { matchRow, rangeText } from "./search-model.ts";

const noon = new Date(2026, 2, 3, 12, 5).getTime();

describe("a search in the list", () => {
  before(() => useLanguage("en-GB"));
  after(() => useLanguage(""));

  it("names the author, the time and the text", () => {
    const match = { author: username("bob"), at: noon };
    assert.deepEqual(matchRow({ ...match, excerpt: "the old mill" }, undefined, previewText, t), {
      label: "$(arrow-left)",
      description: "bob, 3 Mar 2026, 12:05",
      detail: "the old mill",
    });
    const mine = matchRow({ ...match, excerpt: "$(trash) $(sync~spin)\n\u202e$(x" }, "bob", previewText, t);
    assert.equal(mine.description, "you to bob, 3 Mar 2026, 12:05");
    assert.equal(mine.detail, "\\$(trash) \\$(sync~spin) [U+202E]$(x", "what a peer writes is no icon");
  });

  it("shows a found message as it reads, not as it was typed", () => {
    const match = { author: username("bob"), at: noon };
    const shown = (excerpt: string) => matchRow({ ...match, excerpt }, undefined, previewText, t).detail;
    for (const [excerpt, row] of [
      [
        "# Deploy **now**:\n```sh\ndocker compose up\n```\n`-d` ~~later~~",
        "Deploy now: docker compose up -d later",
      ],
      ["see [the page](https://example.org/x)", "see the page (example.org)"],
      ["see [example.org](https://example.org/)", "see example.org"],
      ["- [x] a test\n- [ ] a line\n- [ab] c[ ] d", "☑ a test ☐ a line [ab] c[ ] d"],
      ["| step | CPU |\n|---|---:|\n| seal | 3.3 |", "step CPU seal 3.3"],
      ["first\n\n## second *third*\n> said", "first second third said"],
      ["2**3, a * b, snake_case_name, 5 > 3", "2**3, a * b, snake_case_name, 5 > 3"],
      ["`a**b**c` and\n```\nrm ~~/x~~ `y`\n```", "a**b**c and rm ~~/x~~ `y`"],
    ] as const)
      assert.equal(shown(excerpt), row, excerpt);
  });

  it("states the range that was searched", () => {
    const range = { found: 2, total: 1200, backTo: noon };
    assert.equal(
      rangeText({ ...range, state: "searching" }, t),
      "2 found so far, searched back to 3 Mar 2026…",
    );
    assert.equal(
      rangeText({ ...range, state: "done" }, t),
      "2 found in all 1,200 messages, back to 3 Mar 2026",
    );
    assert.match(rangeText({ ...range, found: 500, state: "enough" }, t), /newest 500.*Add a word/);
    assert.match(rangeText({ found: 0, total: 0, backTo: undefined, state: "done" }, t), /nothing to search/);
  });
});
