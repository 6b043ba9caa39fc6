import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { MANIFEST, manifest } from "./manifest.ts";

describe("the manifest", () => {
  it("has the commands, menus and keys of the table (npm run generate)", () => {
    assert.equal(readFileSync(MANIFEST, "utf8"), manifest());
  });
});
