/** Compares the table of attacks in docs/SECURITY.md with the tests that it names. */
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { sep } from "node:path";

const ENDING = ".test.ts";

describe("docs/SECURITY.md", () => {
  const [, section = ""] = readFileSync("docs/SECURITY.md", "utf8").split(
    /^## Attacks and their tests$|^### What it costs/m,
  );
  const named = [...section.matchAll(/\| `([a-z./-]+)` "([^|]+)" \|$/gm)].map(
    ([, file = "", words = ""]) => ({
      file,
      words,
    }),
  );
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  const tests = globSync(`{protocol,server,messenger,extension,terminal,scripts,test}/**/*${ENDING}`).map(
    (path) => path.replaceAll(sep, "/"),
  );

  it("names a test for each attack", () => {
    assert.ok(named.length > 90);
    assert.equal(named.length, rows.length - 1); // The first row is the table's head.
    for (const { file, words } of named) {
      // Names include enough of their folder to be unambiguous.
      const [path, ...others] = tests.filter((one) => `/${one}`.endsWith(`/${file}${ENDING}`));
      assert.ok(path !== undefined && others.length === 0, `${file}: ${path ?? "no such file"} ${others}`);
      assert.ok(readFileSync(path, "utf8").includes(words), `${file}: ${words}`);
    }
  });

  it("names every file in test/attacks", () => {
    const files = readdirSync("test/attacks").map((name) => name.replace(ENDING, ""));
    const unnamed = files.filter((name) => name !== "document" && !named.some(({ file }) => file === name));
    assert.deepEqual(unnamed, []);
  });
});
