import assert from "node:assert/strict";
import { isEmoji } from "../../messenger/kinds/mark.ts";
import { choicesFor } from "./emoji.ts";

describe("the emoji to react with", () => {
  const all = choicesFor("", []);
  it("are each offered once, and can all be sent", () => {
    assert.ok(all.length > 1_000);
    assert.equal(new Set(all.map(({ emoji }) => emoji)).size, all.length);
    assert.deepEqual(
      all.filter(({ emoji }) => !isEmoji(emoji)),
      [],
    );
  });
  it("begin with those used last, in their order, and then the usual ones", () => {
    const [first, second, third] = choicesFor("", ["🦊", "🎉"]);
    assert.deepEqual([first?.emoji, second?.emoji, third?.emoji], ["🦊", "🎉", "👍"]);
    assert.deepEqual(choicesFor("", ["🫶🏽"])[0], { name: "🫶🏽", emoji: "🫶🏽" });
  });
  it("are found by each of their names, as a shortcode and in words, and by themselves", () => {
    for (const query of ["tada", ":tada:", ":tad", " TADA "])
      assert.equal(choicesFor(query, [])[0]?.emoji, "🎉", query);
    assert.equal(choicesFor("heart eyes", [])[0]?.emoji, "😍");
    assert.equal(choicesFor("thumbsup", [])[0]?.emoji, "👍");
    assert.deepEqual(
      choicesFor("👍", []).map(({ emoji }) => emoji),
      ["👍"],
    );
    for (const { name, emoji } of all.slice(8))
      assert.ok(
        choicesFor(name, []).some((found) => found.emoji === emoji),
        name,
      );
    assert.deepEqual(choicesFor("<b>", []), []);
  });
});
