import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { SUITES } from "../suites.ts";
import { REASONS, skipReason } from "./skips.ts";

const FILES = [...SUITES.unit, ...SUITES.system, ...SUITES.attacks].flatMap((files) => globSync(files));

describe("the reasons for skipping a test on Windows", () => {
  // A reworded title would otherwise only fail in the Wine run, which takes an hour and runs once a week.
  it("each belong to a test or a suite with such a title", () => {
    const titles = FILES.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/\b(?:it|describe(?:\.skip)?)\)?\(\s*["`](.*?)["`],/g)].map(
        ([, title = ""]) => title,
      ),
    );
    assert.ok(titles.length > 2_000);
    for (const [pattern] of REASONS)
      assert.ok(
        titles.some((title) => pattern.test(title)),
        String(pattern),
      );
  });

  it("cover each test and suite that may skip itself", () => {
    // Tests of protocol/ skip for want of an algorithm that BoringSSL lacks; Windows' Node has OpenSSL.
    const files = FILES.filter((file) => !file.startsWith("protocol"));
    const skipped = files.flatMap((file) => titlesOfSkips(readFileSync(file, "utf8")));
    assert.ok(skipped.length > 15);
    for (const title of skipped) assert.ok(skipReason(title), title);
  });

  it("are given for no other test", () => {
    assert.equal(skipReason("several windows of one profile elect one leader"), undefined);
  });
});

/**
 * Returns the title of each test or suite of `source` that may skip itself; a skip in a hook skips the whole
 * suite around it.
 */
function titlesOfSkips(source: string): string[] {
  const titles: string[] = [];
  let suite = "";
  let place = "";
  for (const [, kind, title = "", hook, skip] of source.matchAll(
    /\b(it|describe)\)?\(\s*["`](.*?)["`],|\b(before)\(|\b(this\.skip\(\))/g,
  )) {
    if (kind === "describe") suite = title;
    if (kind === "it") place = `${suite} ${title}`;
    if (kind === "describe" || hook !== undefined) place = suite;
    if (skip !== undefined) titles.push(place);
  }
  return titles;
}
