import assert from "node:assert/strict";
import { parseLink } from "./link.ts";

const links: readonly (readonly [address: string, canonical: string])[] = [
  ["https://example.org", "https://example.org/"],
  ["HTTP://EXAMPLE.org/A", "http://example.org/A"],
  ["mailto:bob@example.org", "mailto:bob@example.org"],
  ["https://аpple.com/", "https://xn--pple-43d.com/"],
  ["https://[::1]:8080/x", "https://[::1]:8080/x"],
  ["https://example.org/\u202egnp.exe", "https://example.org/%E2%80%AEgnp.exe"],
];
const refused = [
  "",
  "example.org",
  "//example.org",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "command:workbench.action.quit",
  "vscode://file/etc/passwd",
  "vscode-insiders://x/y",
  "file:///etc/passwd",
  "ftp://example.org",
  "blob:https://example.org/1",
  "ws://example.org",
  "https://",
  "https://bank.example@evil.example/",
  "https://user:secret@example.org/",
  "https://:secret@example.org/",
  `https://example.org/${"x".repeat(3000)}`,
  `https://example.org/${"./".repeat(1500)}short`, // once canonical
  `https://example.org/${"ü".repeat(1000)}`, // not long before
];

describe("links in messages", () => {
  for (const [address, canonical] of links)
    it(`may be ${address}`, () => {
      assert.equal(parseLink(address), canonical);
      assert.equal(parseLink(canonical), canonical);
    });
  for (const address of refused)
    it(`may not be ${JSON.stringify(address).slice(0, 60)}`, () => {
      assert.equal(parseLink(address), undefined);
    });
});
