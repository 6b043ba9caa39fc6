import assert from "node:assert/strict";
import { disguises } from "./link.ts";

const target = "https://evil.example/login";

describe("link text that claims another address", () => {
  for (const text of [
    "https://bank.example",
    "http://bank.example/login",
    "HTTPS://BANK.example",
    "  bank.example ",
    "bank.example/login",
    "www.bank.example",
    "bank.example:443",
    "//bank.example/",
    "mailto:bob@bank.example",
    "evil.example.bank.example",
    "bank\u3002example",
    "https://bank.example\u202e",
    "\u202ehttps://bank.example",
    "\u200bhttps://bank.example",
    "https\u200b://bank.example",
    "bank.ex\u200dample",
    "bank.example\ufe0f",
    "bank.example\u3164",
    "bank.example.",
    "https://",
    "file:///etc/passwd",
    "command:workbench.action.quit",
    "аpple.com",
  ])
    it(`sees through ${JSON.stringify(text)}`, () => {
      assert.equal(disguises(text, target), true);
    });

  for (const text of [
    "the documentation",
    "click here",
    "v1.2.3",
    "evil.example",
    "https://evil.example/",
    "https://evil.example/login",
    "evil.example/other",
    "e.g. this one",
    "Note: read this",
    "Node.js and more",
    "evil.ex\u00adample",
    "\u{1f469}\u200d\u{1f467} at home",
    "",
  ])
    it(`leaves ${JSON.stringify(text)}`, () => {
      assert.equal(disguises(text, target), false);
    });

  it("compares addresses of mail", () => {
    assert.equal(disguises("bob@example.org", "mailto:eve@evil.example"), true);
    assert.equal(disguises("mailto:eve@example.org", "mailto:bob@example.org"), true);
    assert.equal(disguises("mailto:bob@example.org?subject=x", "mailto:bob@example.org"), false);
    assert.equal(disguises("mailto:bob@example.org", "mailto:bob@example.org"), false);
  });
});
