import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stillToFillIn } from "./repository.ts";

const { repository } = JSON.parse(readFileSync("package.json", "utf8")) as { repository: string };

describe("the repository in package.json", () => {
  it("is a placeholder that packaging names, or the address of a repository", () => {
    const notice = stillToFillIn(repository);
    if (notice === undefined) assert.match(repository, /^https:\/\/(github|gitlab)\.com\/[\w-]+\/[\w.-]+$/);
    else assert.ok(notice.includes("package.json") && notice.includes(repository));
  });

  it("is a name that no account can have, until it is filled in", () => {
    const placeholder = "https://github.com/-fill-in-/parley";
    assert.match(stillToFillIn(placeholder) ?? "", /docs\/PUBLISHING\.md/);
    assert.equal(stillToFillIn("https://github.com/example/parley"), undefined);
  });
});
