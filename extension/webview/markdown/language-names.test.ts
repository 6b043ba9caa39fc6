import assert from "node:assert/strict";
import { hljs } from "../languages.ts";
import { COLOURED_LANGUAGES, isLanguageName } from "./language-names.ts";

describe("names of languages behind a fence", () => {
  it("are those that are coloured, to the last alias", () => {
    const names = hljs
      .listLanguages()
      .flatMap((name) =>
        [name, ...(hljs.getLanguage(name)?.aliases ?? [])].map((alias) => alias.toLowerCase()),
      );
    assert.deepEqual([...COLOURED_LANGUAGES].sort(), [...new Set(names)].sort());
  });

  it("are words, in any case, and no commands", () => {
    for (const name of ["ts", "TypeScript", "C++", "mermaid", "text"]) assert.ok(isLanguageName(name), name);
    for (const word of ["", "rm", "one", "make all", "src/app.ts", "constructor", "ts title=x"])
      assert.ok(!isLanguageName(word), word);
  });
});
