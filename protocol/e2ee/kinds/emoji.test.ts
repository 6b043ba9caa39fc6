import assert from "node:assert/strict";
import fc from "fast-check";
import { isEmoji } from "./emoji.ts";

describe("an emoji", () => {
  for (const emoji of ["👍", "❤️", "👍🏽", "👩‍💻", "🏳️‍🌈", "🇩🇪", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏽‍❤️‍💋‍👨🏿", "\u{1FAFF}"])
    it(`is ${emoji}`, () => assert.ok(isEmoji(emoji)));

  it("is nothing that can pass for text, hide something, or is more than one", () => {
    for (const text of [
      ...["", " ", "a", "1", "#", "👍👍", "👍 ", " 👍", "👍a", "❤", "©", "✓", "\u{200D}", "\u{FE0F}", "👍\n"],
      ...["\u{202E}👍", "👍\u{200B}", "👍\u{E0001}", "e\u{301}", "🇩", "🇩🇪🇫🇷", "\ud83d", "<b>", "javascript:"],
      `👍${"\u{200D}👍".repeat(40)}`,
      "👍".repeat(100_000),
    ])
      assert.ok(!isEmoji(text), JSON.stringify(text.slice(0, 40)));
  });

  it("is bounded, and no text that people could read", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 12 }), (text) => {
        if (!isEmoji(text)) return;
        assert.ok(Buffer.byteLength(text) <= 64);
        assert.doesNotMatch(text, /\p{L}|\p{Cc}|\p{Z}|\p{Bidi_Control}/u);
      }),
      { numRuns: 2_000 },
    );
  });
});
