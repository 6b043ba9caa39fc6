import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import fc from "fast-check";
import { addressFromBytes, isLoopback, parseHost } from "./host.ts";

describe("parseHost", () => {
  const good: Record<string, string> = {
    localhost: "localhost",
    "Chat.EXAMPLE.org": "chat.example.org",
    "chat.example.org.": "chat.example.org",
    "Bücher.example": "xn--bcher-kva.example",
    "XN--BCHER-KVA.example": "xn--bcher-kva.example",
    build_server: "build_server",
    "10.0.0.1": "10.0.0.1",
    "::1": "::1",
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "::ffff:192.0.2.1": "::ffff:c000:201",
  };
  for (const [text, canonical] of Object.entries(good)) {
    it(`reads ${text} as ${canonical}`, () => {
      assert.equal(parseHost(text)?.text, canonical);
      assert.deepEqual(parseHost(canonical), parseHost(text));
    });
  }

  const bad = [
    "",
    ".",
    "a..b",
    "-a",
    "a-",
    "a b",
    "a/b",
    "a@b",
    "a:1",
    "[::1]",
    "*.example.org",
    "127.1",
    "0x7f.1",
    "1.2.3",
    "256.1.1.1",
    "fe80::1%eth0",
    "%61",
    "a\0b",
    "a".repeat(64),
    `${"a.".repeat(127)}toolong`,
  ];
  for (const text of bad)
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => assert.equal(parseHost(text), undefined));

  it("never throws, and returns its own results unchanged", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.domain(), fc.ipV6()), (text) => {
        const host = parseHost(text);
        if (host) assert.deepEqual(parseHost(host.text), host);
      }),
      { numRuns: 200 },
    );
  });
});

describe("addressFromBytes", () => {
  it("spells addresses as parseHost does", () => {
    assert.equal(addressFromBytes(Uint8Array.of(10, 0, 0, 1)), "10.0.0.1");
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = addressFromBytes(bytes) ?? "";
        assert.ok(isIPv6(text));
        assert.equal(parseHost(text)?.text, text);
      }),
    );
  });

  it("refuses other lengths", () => {
    for (const length of [0, 3, 5, 15, 17]) assert.equal(addressFromBytes(new Uint8Array(length)), undefined);
  });
});

describe("isLoopback", () => {
  for (const host of ["127.0.0.1", "127.255.0.9", "::1", "::ffff:7f00:1", "localhost"])
    it(`accepts ${host}`, () => assert.ok(isLoopback(host)));
  for (const host of [
    "126.255.255.255",
    "128.0.0.1",
    "0.0.0.0",
    "::",
    "::2",
    "fe80::1",
    "::ffff:a00:1",
    "192.0.2.1",
    "localhost.example.org",
    "evil.localhost",
    "127.0.0.1.example.org",
    "127.1",
    "LOCALHOST",
    "",
  ])
    it(`refuses ${host === "" ? "an empty host" : host}`, () => assert.ok(!isLoopback(host)));
});
