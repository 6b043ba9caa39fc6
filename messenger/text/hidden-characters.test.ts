import assert from "node:assert/strict";
import fc from "fast-check";
import { visible } from "./hidden-characters.ts";

describe("text made visible", () => {
  it("leaves ordinary text alone, in any script", () => {
    for (const text of ["hello\n\tworld", "Grüße, 世界, שלום, سلام", "👍🏽 é"])
      assert.equal(visible(text), text);
  });

  it("shows the characters that hide, reorder or control text", () => {
    assert.equal(visible("a\u202eb"), "a[U+202E]b");
    assert.equal(visible("\0\x1b[31m"), "[U+0000][U+001B][31m");
    assert.equal(visible("pay\u200bpal"), "pay[U+200B]pal");
    assert.equal(visible("\u{E0041}"), "[U+E0041]");
    assert.equal(visible("x\u2066\u2066\u2066y"), "x[U+2066×3]y");
  });

  it("leaves characters that join letters and emoji in prose", () => {
    for (const text of ["👨‍👩‍👧", "می‌خواهم", "क्‍ष", "🏴\u{E0067}\u{E007F}"])
      assert.equal(visible(text, "prose"), text);
    assert.equal(visible("a\u202eb", "prose"), "a[U+202E]b");
  });

  it("leaves no such character in any text", () => {
    const hostile = fc.string({
      unit: fc.constantFrom("a", "\u202e", "\u2067", "\u200b", "\0", "\x9b", "\ufeff", "\u{E0020}"),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        assert.match(visible(text), /^[\x20-\x7e×]*$/);
      }),
    );
  });
});
