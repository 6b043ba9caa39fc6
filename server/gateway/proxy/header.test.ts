import assert from "node:assert/strict";
import fc from "fast-check";
import { type ProxyHeader, ProxyHeaderError, ProxyHeaderReader } from "./header.ts";
import { headerFor, headerOf } from "./header-fixture.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");
const SIGNATURE = "0d0a0d0a 000d0a51 5549540a";
const NOTHING = new Uint8Array(0);

/** Byte for byte as in the specification, section 2.2. */
const VECTORS: readonly [string, Buffer, ProxyHeader][] = [
  [
    "TCP over IPv4",
    hex(`${SIGNATURE} 21 11 000c c0000201 c6336402 3039 01bb`),
    { type: "proxied", address: "192.0.2.1" },
  ],
  [
    "TCP over IPv6",
    hex(
      `${SIGNATURE} 21 21 0024 20010db8000000000000000000000001 20010db80000000000000000000000ff 3039 01bb`,
    ),
    { type: "proxied", address: "2001:db8:0:0:0:0:0:1" },
  ],
  [
    "IPv4 within IPv6",
    hex(
      `${SIGNATURE} 21 21 0024 00000000000000000000ffffc0000201 00000000000000000000ffffc6336402 3039 01bb`,
    ),
    { type: "proxied", address: "::ffff:192.0.2.1" },
  ],
  [
    "a connection id and a VPC endpoint as extensions",
    hex(
      `${SIGNATURE} 21 11 0033 0a000007 0a000001 d431 1e46 05 0008 6162636465666768 ea 0019 01 767063652d30313233343536373839616263646566 6768 69`,
    ),
    { type: "proxied", address: "10.0.0.7" },
  ],
  [
    "malformed extensions",
    hex(`${SIGNATURE} 21 11 000f c0000201 c6336402 3039 01bb 04ffff`),
    { type: "proxied", address: "192.0.2.1" },
  ],
  ["a health check", hex(`${SIGNATURE} 20 00 0000`), { type: "local" }],
  [
    "a health check with addresses, which are ignored",
    hex(`${SIGNATURE} 20 11 000c c0000201 c6336402 3039 01bb`),
    { type: "local" },
  ],
  ["a health check of another family", hex(`${SIGNATURE} 20 31 0002 ffff`), { type: "local" }],
];

const REFUSED: readonly [string, Buffer][] = [
  ["version 1", Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\n")],
  ["Parley's own first message", hex("000004c0")],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n")],
  ["TLS", hex("16030102")],
  ["no more than two empty lines", Buffer.from("\r\n\r\n\r\n")],
  ["version 1 in binary", headerOf(0x11, 0x11, new Uint8Array(12))],
  ["version 3", headerOf(0x31, 0x11, new Uint8Array(12))],
  ["an unknown command", headerOf(0x22, 0x11, new Uint8Array(12))],
  ["an unknown family", headerOf(0x21, 0x41, new Uint8Array(36))],
  ["no family", headerOf(0x21, 0x00, new Uint8Array(0))],
  ["UDP over IPv4", headerOf(0x21, 0x12, new Uint8Array(12))],
  ["UDP over IPv6", headerOf(0x21, 0x22, new Uint8Array(36))],
  ["a UNIX socket", headerOf(0x21, 0x31, new Uint8Array(216))],
  ["too few bytes for IPv4", headerOf(0x21, 0x11, new Uint8Array(11))],
  ["too few bytes for IPv6", headerOf(0x21, 0x21, new Uint8Array(35))],
  ["megabytes", headerOf(0x21, 0x11, new Uint8Array(4097)).subarray(0, 16)],
  ["megabytes in a health check", headerOf(0x20, 0x00, new Uint8Array(65535)).subarray(0, 16)],
];

function read(...chunks: readonly Uint8Array[]) {
  const reader = new ProxyHeaderReader();
  for (const [at, chunk] of chunks.entries()) {
    const found = reader.push(chunk);
    if (found !== undefined)
      return {
        header: found.header,
        rest: Buffer.concat([found.rest, ...chunks.slice(at + 1)]).toString("hex"),
      };
  }
  return undefined;
}

describe("PROXY protocol header", () => {
  for (const [what, bytes, header] of VECTORS) {
    it(`of ${what} is read, and the bytes after it are kept`, () => {
      assert.deepEqual(read(bytes), { header, rest: "" });
      assert.deepEqual(read(Buffer.concat([bytes, hex("000004c0")])), { header, rest: "000004c0" });
    });

    it(`of ${what} is read alike when split anywhere, and not before its last byte`, () => {
      const stream = Buffer.concat([bytes, hex("0102")]);
      for (let one = 0; one <= stream.length; one++)
        for (let other = one; other <= stream.length; other++)
          assert.deepEqual(
            read(stream.subarray(0, one), stream.subarray(one, other), stream.subarray(other)),
            {
              header,
              rest: "0102",
            },
          );
      for (let length = 0; length < bytes.length; length++)
        assert.equal(read(bytes.subarray(0, length)), undefined);
      assert.deepEqual(read(...[...bytes].map((byte) => Uint8Array.of(byte))), { header, rest: "" });
    });
  }

  for (const [what, bytes] of REFUSED)
    it(`is refused with ${what}`, () => {
      assert.throws(() => read(bytes), ProxyHeaderError);
      assert.throws(() => read(...[...bytes].map((byte) => Uint8Array.of(byte))), ProxyHeaderError);
    });

  it("is refused at the first wrong byte", () => {
    const [, good = NOTHING] = VECTORS[0] ?? [];
    for (let at = 0; at < 13; at++) {
      const bad = Uint8Array.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x80;
      const reader = new ProxyHeaderReader();
      assert.equal(reader.push(bad.subarray(0, at)), undefined);
      assert.throws(() => reader.push(bad.subarray(at, at + 1)), ProxyHeaderError);
    }
  });

  it("is read with any address and any extensions", () => {
    const extensions = fc.uint8Array({ maxLength: 4096 - 36 });
    fc.assert(
      fc.property(fc.ipV4(), extensions, fc.nat(), (address, more, cut) => {
        const bytes = headerFor(address, more);
        const at = cut % (bytes.length + 1);
        assert.deepEqual(read(bytes.subarray(0, at), bytes.subarray(at))?.header, {
          type: "proxied",
          address,
        });
      }),
    );
    const group = fc.integer({ min: 1, max: 0xffff }).map((number) => number.toString(16));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), extensions, (groups, more) => {
        const address = groups.join(":");
        assert.deepEqual(read(headerFor(address, more))?.header, { type: "proxied", address });
      }),
    );
  });
});
