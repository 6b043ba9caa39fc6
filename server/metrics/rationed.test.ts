import assert from "node:assert/strict";
import { Rationed } from "./rationed.ts";

describe("a figure that takes long to find", () => {
  it("is found anew only after a hundred times as long", () => {
    let now = 0;
    let found = 0;
    const figure = new Rationed(
      () => {
        now += 20;
        found += 1;
        return found;
      },
      () => now,
    );
    assert.equal(figure.value, 1);
    now = 20 + 1999;
    assert.equal(figure.value, 1);
    now = 20 + 2000;
    assert.equal(figure.value, 2);
  });
});
