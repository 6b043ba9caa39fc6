import assert from "node:assert/strict";
import { requireRuntime } from "./runtime.ts";

describe("a runtime", () => {
  for (const version of ["22.15.0", "22.21.3", "24.0.0", "100.1.0"])
    it(`of Node ${version} is new enough`, () => assert.doesNotThrow(() => requireRuntime(version)));
  for (const version of ["22.14.9", "20.20.2", "18.0.0", ""])
    it(`of Node ${version || "none"} is refused with the version that is needed`, () =>
      assert.throws(() => requireRuntime(version), { code: "wrong-state", message: /22\.15/ }));
});
