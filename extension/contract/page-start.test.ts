import assert from "node:assert/strict";
import { parsePageStart } from "./page-start.ts";

describe("the initial data of a page", () => {
  it("is read as it was written", () => {
    const start = { sentences: { Online: "Verbunden", "{0} left": "Noch {0}" }, page: "1" };
    assert.deepEqual(parsePageStart(JSON.stringify(start)), start);
  });
  for (const wrong of [
    "",
    "{",
    "null",
    "{}",
    '{"sentences":1}',
    '{"sentences":{"a":1}}',
    '{"sentences":{},"page":"1","b":1}',
    '{"sentences":{},"page":1}',
  ])
    it(`leaves the page in English when it is ${JSON.stringify(wrong)}`, () =>
      assert.deepEqual(parsePageStart(wrong), { sentences: {}, page: "" }));
});
