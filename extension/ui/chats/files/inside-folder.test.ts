import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { liesIn } from "./inside-folder.ts";

describe("a path in a folder of the window", () => {
  let base: string;
  let folder: string;
  before(() => {
    base = mkdtempSync(join(tmpdir(), "parley-inside-"));
    folder = join(base, "work");
    for (const name of ["work", "work/src", "worker", "other"]) mkdirSync(join(base, name));
    for (const name of ["work/src/a.ts", "work/..a", "worker/a.ts", "other/key"])
      writeFileSync(join(base, name), "");
    symlinkSync(join(base, "other/key"), join(folder, "key"));
    symlinkSync(join(base, "other"), join(folder, "out"));
    symlinkSync(join(folder, "src"), join(base, "in"));
    symlinkSync(folder, join(base, "opened"));
  });
  after(() => rmSync(base, { recursive: true }));

  for (const [path, inside] of [
    ["work/src/a.ts", true],
    ["work/..a", true],
    ["in/a.ts", true],
    ["opened/src/a.ts", true],
    ["work", false],
    ["work/../other/key", false],
    ["work/src/../../other/key", false],
    ["worker/a.ts", false],
    ["work/key", false],
    ["work/out/key", false],
    ["work/missing", false],
  ] as const)
    it(`is ${inside ? "inside" : "not inside"}: ${path}`, async () => {
      assert.equal(await liesIn(folder, `${base}/${path}`), inside);
      assert.equal(
        await liesIn(join(base, "opened"), `${base}/${path}`),
        inside,
        "a folder opened by a link",
      );
    });
});
