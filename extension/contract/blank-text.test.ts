import assert from "node:assert/strict";
import { isBlank } from "./blank-text.ts";

describe("blank-looking text", () => {
  for (const text of [
    "",
    " \t\r\n\u00a0\u2003\u3000\u2028",
    "\u200b",
    "\u3164",
    "\u115f\u1160\uffa0",
    "\u00ad\u00ad",
    "\ufeff\u2060\u200e\u200f\u061c",
    "\u202e\u2066\u2069",
    "\0\x1b\x7f\x9b",
    "\u2800",
    "\ufe0f\u{e0041}\u{e0100}\u180e\u17b4",
    "\u{1d159}\u{1d173}",
    "\u200b".repeat(65_536),
  ])
    it(`includes ${JSON.stringify(text.slice(0, 12))}`, () => assert.ok(isBlank(text)));

  for (const text of [
    ".",
    "\u200ba",
    "\u{1f469}\u200d\u{1f467}",
    "\u0301",
    "\u0627",
    "\ufffd",
    "\ue000",
    "-",
  ])
    it(`does not include ${JSON.stringify(text)}`, () => assert.ok(!isBlank(text)));
});
