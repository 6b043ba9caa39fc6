import assert from "node:assert/strict";
import { parseRange, rangeText, TrustedProxies } from "./trusted.ts";

function trusts(...texts: string[]): TrustedProxies {
  return new TrustedProxies(
    texts.map((text) => {
      const range = parseRange(text);
      assert.ok(range, text);
      assert.deepEqual(parseRange(rangeText(range)), range);
      return range;
    }),
  );
}

describe("--proxy-from", () => {
  it("accepts an address or a range", () => {
    const one = trusts("10.0.0.5", "2001:db8::7");
    assert.ok(one.has("10.0.0.5") && one.has("2001:db8::7") && one.has("2001:db8:0:0:0:0:0:7"));
    assert.ok(!one.has("10.0.0.4") && !one.has("2001:db8::8"));
    const many = trusts("10.1.0.0/16", "192.0.2.128/25", "fd00::/8");
    assert.ok(["10.1.255.1", "192.0.2.200", "fd12::1"].every((address) => many.has(address)));
    assert.ok(!["10.2.0.1", "192.0.2.127", "fe80::1"].some((address) => many.has(address)));
  });

  it("matches an IPv4-mapped IPv6 address, and an address with a zone", () => {
    assert.ok(trusts("10.0.0.5").has("::ffff:10.0.0.5"));
    assert.ok(!trusts("10.0.0.5").has("::ffff:10.0.0.6"));
    assert.ok(trusts("fe80::/10").has("fe80::1%eth0"));
  });

  it("matches nothing when it is not given, nor a closed socket", () => {
    assert.ok(!trusts().has("127.0.0.1"));
    assert.ok(!trusts("10.0.0.0/8").has(undefined));
    assert.ok(!trusts("10.0.0.0/8").has(""));
  });

  it("refuses anything else, and the range of all addresses", () => {
    const wrong = [
      "",
      "localhost",
      "10.0.0",
      "10.0.0.1/33",
      "10.0.0.1/",
      "10.0.0.1/-1",
      "::/129",
      "0.0.0.0/0",
      "::/0",
    ];
    for (const text of [
      ...wrong,
      "10.0.0.1/08.5",
      " 10.0.0.1",
      "10.0.0.1 ",
      "10.0.0.0-10.0.0.9",
      "fe80::1%eth0",
    ])
      assert.equal(parseRange(text), undefined, text);
  });
});
