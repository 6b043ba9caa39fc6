import assert from "node:assert/strict";
import { quietEnd } from "./quiet-model.ts";

describe("do not disturb", () => {
  it("ends at the chosen time", () => {
    const now = new Date(2026, 1, 28, 23, 59);
    assert.equal(quietEnd("half-hour", now) - now.getTime(), 30 * 60_000);
    assert.equal(quietEnd("two-hours", now) - now.getTime(), 2 * 3600_000);
    assert.equal(quietEnd("tomorrow", now), new Date(2026, 2, 1, 8).getTime());
    assert.ok(quietEnd("always", now) > new Date(9999, 0, 1).getTime());
    assert.ok(Number.isSafeInteger(quietEnd("always", now)));
  });
});
