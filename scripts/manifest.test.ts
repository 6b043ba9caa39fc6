import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { MANIFEST, manifest } from "./manifest.ts";

describe("the manifest", () => {
  it("has the commands, menus, keys and welcome content of the tables (npm run generate)", () => {
    assert.equal(readFileSync(MANIFEST, "utf8"), manifest());
  });
});
