import assert from "node:assert/strict";
import { requireRuntime } from "./runtime.ts";

describe("a runtime", () => {
  for (const version of ["22.15.0", "22.21.3", "24.0.0", "100.1.0"])
    it(`with Node ${version} is accepted`, () => assert.doesNotThrow(() => requireRuntime(version)));
  for (const version of ["22.14.9", "20.20.2", "18.0.0", ""])
    it(`with Node ${version || "none"} is refused, naming the required version`, () =>
      assert.throws(() => requireRuntime(version), { code: "wrong-state", message: /22\.15/ }));
});
