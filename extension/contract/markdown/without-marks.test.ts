import assert from "node:assert/strict";
import fc from "fast-check";
import { untranslated as t } from "../../../messenger/kinds/translate.ts";
import { previewText, textToCopy } from "./without-marks.ts";

/** Marks, spaces and line endings of every construct but links, which are replaced by their targets. */
const MARKS = [
  ..."*_~`#>-+|.\\ \n\t".split(""),
  ...["**", "~~", "```", "- [x] ", "1. ", "    ", "\n\n", "|-|", "\r\n", "***", "> ", "## "],
];
/** Letters that no language name contains, so that no fence gets a label. */
const word = fc.stringMatching(/^[äжש1-9]{1,6}$/u);

describe("a message's text without marks", () => {
  for (const [name, read] of [
    ["a preview", previewText],
    ["a copy", textToCopy],
  ] as const) {
    it(`keeps every word in its order, in ${name}`, () => {
      const parts = fc.array(fc.oneof(word, fc.constantFrom(...MARKS)), { maxLength: 40 });
      fc.assert(
        fc.property(parts, (all) => {
          const text = all.join("");
          const letters = (one: string) => one.match(/[äжש1-9]/gu)?.join("");
          assert.equal(letters(read(text, t)), letters(text), text);
        }),
        { numRuns: 2000 },
      );
    });

    it(`reads any text, in ${name}`, () => {
      fc.assert(
        fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
          assert.equal(typeof read(text, t), "string");
        }),
      );
    });
  }

  it("leaves the code as it was written, and says where a link leads", () => {
    const text = "See [docs](https://example.org/a) and `a ** b`:\n```ts\nx = `y`; // **z**\n```";
    assert.equal(previewText(text, t), "See docs (example.org) and a ** b:\nx = `y`; // **z**");
    assert.equal(textToCopy(text, t), "See docs (https://example.org/a) and a ** b:\nx = `y`; // **z**");
  });

  it("says where an image and a link without a text lead, as the page does", () => {
    const image = "![a cat](https://example.org/cat.png)";
    assert.equal(previewText(image, t), "Image: a cat (example.org)");
    assert.equal(textToCopy(image, t), "Image: a cat (https://example.org/cat.png)");
    for (const read of [previewText, textToCopy])
      assert.equal(read("[](https://example.org/a)", t), "https://example.org/a");
  });

  it("keeps the levels of a list in a copy", () => {
    const list = "- a\n  1. b\n     - [x] c\n- d\n\n1. e";
    assert.equal(textToCopy(list, t), "- a\n  1. b\n    - [x] c\n- d\n1. e");
  });
});
