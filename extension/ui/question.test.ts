import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

describe("modal questions", () => {
  it("all go through question.ts, whose first button is the safe one", () => {
    const folder = import.meta.dirname;
    const modal = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .filter((name) => /\bmodal\s*:/.test(readFileSync(join(folder, name), "utf8")));
    assert.deepEqual(modal, ["question.ts"]);
    const source = readFileSync(join(folder, "question.ts"), "utf8");
    assert.match(source, /\{ modal: true, detail \}, safe, \.\.\.choices\)/);
  });
});

describe("notifications", () => {
  it("of other extensions are left alone: no command that moves or clears all notifications is called", () => {
    const folder = "extension/ui";
    const movers = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .filter((name) => /["'`]notifications?\.\w+["'`]/.test(readFileSync(join(folder, name), "utf8")));
    assert.deepEqual(movers, []);
  });
});
