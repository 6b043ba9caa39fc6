/** Holds the table of attacks in docs/SECURITY.md to the tests that it names. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

describe("docs/SECURITY.md", () => {
  const [, section = ""] = readFileSync("docs/SECURITY.md", "utf8").split("## Attacks and their tests");
  const named = [...section.matchAll(/\| `([a-z-]+)` "([^|]+)" \|$/gm)].map(([, file = "", words = ""]) => ({
    file,
    words,
  }));
  const rows = section.split("\n").filter((line) => line.startsWith("| "));

  it("names a test for each attack", () => {
    assert.ok(named.length > 40);
    assert.equal(named.length, rows.length - 1); // the head of the table
    for (const { file, words } of named)
      assert.ok(readFileSync(`test/attacks/${file}.test.ts`, "utf8").includes(words), `${file}: ${words}`);
  });

  it("knows every file of attacks", () => {
    const files = readdirSync("test/attacks").map((name) => name.replace(".test.ts", ""));
    assert.deepEqual(
      new Set(named.map(({ file }) => file)),
      new Set(files.filter((name) => name !== "document")),
    );
  });
});
