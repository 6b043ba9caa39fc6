import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Characters and words that VS Code's own texts do not use. */
const STIFF =
  /\b(can ?not|(?:do|does|did|is|are|was|were|has|have|would|could|should) not|nobody|somebody|anew|of the kind|who shall)\b|\b[Ss]ays (?:why|what|more)\b|;/;

/** @returns the string literals of a source file that look like sentences */
function sentences(source: string): readonly string[] {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...withoutComments.matchAll(/"((?:[^"\\\n]|\\.)*)"|`([^`]*)`/g)]
    .map(([, plain, template]) => plain ?? template ?? "")
    .filter((text) => /[a-z] [a-z]/i.test(text) && text.split(" ").length > 2);
}

const folder = import.meta.dirname;
const sourcesIn = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(directory, name));

describe("the wording of the interface", () => {
  for (const path of [...sourcesIn(folder), ...sourcesIn("messenger/kinds")])
    it(`uses contractions, short clauses and everyday words: ${relative(folder, path)}`, () => {
      const stiff = sentences(readFileSync(path, "utf8"))
        .filter((text) => !/=~|\bwhen\b.*==/.test(text))
        .filter((text) => STIFF.test(text));
      assert.deepEqual(stiff, []);
    });
  it("and so do all sentences that are translated, and the manifest's texts", () => {
    const texts = ["package.nls.json", "l10n/bundle.l10n.json"].flatMap((path) =>
      Object.values(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>),
    );
    assert.deepEqual(
      texts.filter((text) => STIFF.test(text)),
      [],
    );
  });
});
