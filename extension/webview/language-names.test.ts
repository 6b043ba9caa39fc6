import assert from "node:assert/strict";
import { COLOURED_LANGUAGES, isLanguageName } from "../contract/markdown/language-names.ts";
import { hljs } from "./languages.ts";

describe("names of languages behind a fence", () => {
  it("are exactly those that are highlighted, aliases included", () => {
    const names = hljs
      .listLanguages()
      .flatMap((name) =>
        [name, ...(hljs.getLanguage(name)?.aliases ?? [])].map((alias) => alias.toLowerCase()),
      );
    assert.deepEqual([...COLOURED_LANGUAGES].sort(), [...new Set(names)].sort());
  });

  it("are plain words, in any case", () => {
    for (const name of ["ts", "TypeScript", "C++", "mermaid", "text"]) assert.ok(isLanguageName(name), name);
    for (const word of ["", "rm", "one", "make all", "src/app.ts", "constructor", "ts title=x"])
      assert.ok(!isLanguageName(word), word);
  });
});
