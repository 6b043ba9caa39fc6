import assert from "node:assert/strict";
import { placeOf, readsAs } from "./link-text.ts";

const target = "https://evil.example/login";

describe("link text that is not the address it leads to", () => {
  for (const text of [
    "https://bank.example",
    "HTTPS://BANK.example",
    "bank.example login",
    "(bank.example)",
    "bank.example,",
    "\u201chttps://bank.example\u201d",
    "192.168.0.1",
    "github.com\u2044org",
    "evil.example",
    "https://evil.example/",
    "https://evil.example/login/",
    "https://evil.example/login?x",
    "http://evil.example/login",
    "evil.example@bank.example",
    "https://bank.example@evil.example/login",
    "https://evil.example/logU+202Ein",
    "www.bank.example",
    "//bank.example/",
    "mailto:bob@bank.example",
    "bank\u3002example",
    "click here",
    "the documentation",
    "v1.2.3",
    "",
  ])
    it(`is detected: ${JSON.stringify(text)}`, () => {
      assert.equal(readsAs(text, target), false);
    });

  for (const [text, address] of [
    ["https://evil.example/login", target],
    [" HTTPS://Evil.example/login ", target],
    ["evil.example/login", target],
    ["evil.example:443/./a/../login", target],
    ["evil.ex\u00adample/login", target],
    ["https://example.org", "https://example.org/"],
    ["example.org/Gr\u00f6\u00dfe", "https://example.org/Gr%C3%B6%C3%9Fe"],
    ["localhost:3000/x", "https://localhost:3000/x"],
    ["bob@example.org", "mailto:bob@example.org"],
    ["mailto:bob@example.org", "mailto:bob@example.org"],
  ] as const)
    it(`is not assumed of the address itself: ${JSON.stringify(text)}`, () => {
      assert.equal(readsAs(text, address), true);
    });

  for (const [text, address, place] of [
    ["https://\u0430pple.com", "https://xn--pple-43d.com/", "xn--pple-43d.com"],
    ["https://0x7f.0.0.1/", "https://127.0.0.1/", "127.0.0.1"],
    ["https://2130706433/", "https://127.0.0.1/", "127.0.0.1"],
    ["https://\uff45xample.org/", "https://example.org/", "example.org"],
    ["https://example\u3002org/", "https://example.org/", "example.org"],
    ["eve@example.org", "mailto:bob@example.org", "bob@example.org"],
  ] as const)
    it(`is detected when the host reads differently: ${JSON.stringify(text)}`, () => {
      assert.equal(readsAs(text, address), false);
      assert.equal(placeOf(address), place);
    });
});
