import assert from "node:assert/strict";
import { newMessageId, username } from "../../protocol/names.ts";
import { dates, matchRow, rangeText } from "./search-model.ts";
import { untranslated as t } from "./translate.ts";

const noon = new Date(2026, 2, 3, 12, 5).getTime();
const english = dates("en-GB");

describe("a search in the list", () => {
  it("says who, when and what", () => {
    const match = { id: newMessageId(), peer: username("bob"), position: 1, at: noon };
    assert.deepEqual(matchRow({ ...match, mine: false, excerpt: "the old mill" }, english, t), {
      label: "$(arrow-left)",
      description: "bob, 3 Mar 2026, 12:05",
      detail: "the old mill",
    });
    const mine = matchRow({ ...match, mine: true, excerpt: "$(trash) $(sync~spin)\n\u202e$(x" }, english, t);
    assert.equal(mine.description, "you to bob, 3 Mar 2026, 12:05");
    assert.equal(mine.detail, "\\$(trash) \\$(sync~spin) [U+202E]$(x", "what a peer writes is no icon");
  });

  it("states the range that was searched", () => {
    const range = { found: 2, total: 1200, backTo: noon };
    assert.equal(
      rangeText({ ...range, state: "searching" }, english, t),
      "2 found so far, searched back to 3 Mar 2026…",
    );
    assert.equal(
      rangeText({ ...range, state: "done" }, english, t),
      "2 found in all 1200 messages, back to 3 Mar 2026",
    );
    assert.match(rangeText({ ...range, found: 500, state: "enough" }, english, t), /newest 500.*add a word/);
    assert.match(
      rangeText({ found: 0, total: 0, backTo: undefined, state: "done" }, english, t),
      /nothing to search/,
    );
  });
});
