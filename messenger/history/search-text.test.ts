import assert from "node:assert/strict";
import fc from "fast-check";
import { containsAll, excerpt, fold, searchWords } from "./search-text.ts";

const finds = (words: string, text: string) => containsAll(text, searchWords(words));

describe("searching a text", () => {
  it("finds words with any case and accents, in the query and in the text", () => {
    for (const [words, text] of [
      ["muller", "Frau Müller"],
      ["MÜLLER", "muller"],
      ["strasse", "Straße"],
      ["STRAßE", "strasse"],
      ["eleve", "Les ÉLÈVES"],
      ["οδυσσευσ", "Ὀδυσσεύς"],
      ["istanbul", "İstanbul"],
      ["file", "the ﬁle"],
      ["cafe\u0301", "CAFÉ"],
      ["ёж", "еж"],
      ["123", "１２３"],
      ["lodz", "Łódź"],
      ["ŁÓDŹ", "lodz"],
      ["oresund", "Øresund"],
      ["dordevic", "Đorđević"],
      ["aero", "Ærø"],
      ["thorn", "Þorn"],
      ["STRASSE", "STRAẞE"],
      ["don't", "don’t"],
      ["don’t", "don't"],
      ["don't", "don´t"],
      ['"exit 1"', "“exit 1”"],
      ["«oui»", '"oui"'],
      ["e-mail", "e‑mail"],
      ["1-2", "1–2"],
      ["password", "pass\u00adword"],
      ["pass\u00adword", "password"],
      ["foobar", "foo\u200bbar"],
      ["می\u200cخواهم", "میخواهم"],
      ["שלום", "שָׁלוֹם"],
      ["محمد", "مُحَمَّد"],
      ["हिन्दी", "यह हिन्दी है"],
      ["ไทย", "ภาษาไทย"],
      ["국", "한국어"],
      ["が", "ながら"],
    ] as const)
      assert.ok(finds(words, text), `${words} in ${text}`);
  });

  it("distinguishes words that differ in more than accents", () => {
    for (const [words, text] of [
      ["かな", "がな"],
      ["हनद", "हिन्दी"],
      ["กน", "กิน"],
    ] as const)
      assert.ok(!finds(words, text), `${words} in ${text}`);
    assert.deepEqual(searchWords("\u200b \u00ad"), []);
  });

  it("requires all of the words, in any order, also as parts of words", () => {
    assert.ok(finds("mill  old", "the old windmill"));
    assert.ok(!finds("mill new", "the old windmill"));
    assert.ok(!finds("windmill.", "the old windmill"));
    assert.deepEqual(searchWords(" \n Old old\tOLD mill "), ["OLD", "MILL"]);
    assert.deepEqual(searchWords("  "), []);
  });

  it("takes the typed text literally, not as a pattern", () => {
    assert.ok(finds("a.*b(", "xa.*b(y"));
    assert.ok(!finds("a.*b", "aXXb"));
  });

  it("folds character by character", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.string({
        unit: fc.constantFrom("ß", "ﬁ", "e\u0301", "각", "ΐ", "ŉ", "が", "a", " ", "\ud800"),
        maxLength: 20,
      }),
    );
    // The order of several marks after a letter may differ.
    const sorted = (folded: string) => [...folded].sort().join("");
    fc.assert(
      fc.property(text, (one) => assert.equal(sorted(fold(one)), sorted([...one].map(fold).join("")))),
    );
  });
});

describe("an excerpt", () => {
  it("shows the match with its line breaks", () => {
    const text = `${"before ".repeat(40)}\nthe needle\n${"behind ".repeat(40)}`;
    const line = excerpt(text, searchWords("needle"));
    assert.match(line, /^…(before ){3}\nthe needle\n(behind )+\w*…$/);
    assert.ok(line.length < 160);
    assert.equal(excerpt("short needle", searchWords("needle")), "short needle");
  });

  it("finds the match after characters that fold to more or fewer", () => {
    const text = `${"ß".repeat(300)}${"e\u0301".repeat(300)} needle ${"x".repeat(300)}`;
    assert.match(excerpt(text, searchWords("needle")), /^…needle x/);
  });

  it("begins with whole characters, and is never empty for a match", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", " ", "\n", "ß", "\u{1f642}", "e\u0301"),
      maxLength: 400,
    });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const line = excerpt(`${before}needle${after}`, searchWords("needle"));
        assert.ok(line.includes("needle"), line);
        assert.doesNotThrow(() => encodeURIComponent(line), "half a character");
      }),
    );
  });
});
