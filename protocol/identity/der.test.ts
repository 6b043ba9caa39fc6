import assert from "node:assert/strict";
import fc from "fast-check";
import { der } from "./chain-fixture.ts";
import { naturalOf, octetsOf, readDer, timeOf } from "./der.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const ascii = (tag: number, text: string) => der(tag, Buffer.from(text, "latin1"));
const refuses = (bytes: Uint8Array, why: string) => assert.throws(() => readDer(bytes), Error, why);

describe("readDer", () => {
  const leaf = fc.oneof(
    fc.boolean().map((value) => der(0x01, Buffer.of(value ? 0xff : 0))),
    fc.uint8Array({ maxLength: 200 }).map((octets) => der(0x04, octets)),
    fc.stringMatching(/^[a-z ]{0,40}$/).map((text) => ascii(0x13, text)),
    fc.uint8Array({ maxLength: 20 }).map((octets) => der(0x80, octets)),
    fc.constant(der(0x05)),
  );
  const { value: anyValue } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small" }, leaf, tie("sequence")),
    sequence: fc
      .array(tie("value") as fc.Arbitrary<Uint8Array>, { maxLength: 5 })
      .map((parts) => der(0x30, ...parts)),
  })) as { value: fc.Arbitrary<Uint8Array> };

  it("reads DER, every octet once", () => {
    fc.assert(
      fc.property(anyValue, (bytes) => {
        const value = readDer(bytes);
        assert.deepEqual(Buffer.from(value.bytes), Buffer.from(bytes));
        const inside = value.children.map((child) => child.bytes);
        if (value.tag === 0x30) assert.deepEqual(Buffer.concat(inside), Buffer.from(value.content));
      }),
    );
  });

  it("reads exactly one value, neither cut short nor followed by more", () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), (bytes, cut) => {
        refuses(bytes.subarray(0, cut % bytes.length), "cut short");
        refuses(Buffer.concat([bytes, Buffer.of(0)]), "something behind it");
      }),
    );
  });

  for (const [what, encoding] of [
    ["an indefinite length", "30 80 00 00"],
    ["a length in more octets than it needs", "04 81 01 00"],
    ["a length with a zero in front", "04 82 00 01 00"],
    ["a length of four octets", "04 84 00 00 00 01 00"],
    ["a tag of more than one octet", "1f 1e 00"],
    ["TRUE as 01", "01 01 01"],
    ["a BOOLEAN of two octets", "01 02 ff ff"],
    ["an INTEGER without octets", "02 00"],
    ["an INTEGER with a zero in front", "02 02 00 7f"],
    ["an INTEGER with ones in front", "02 02 ff 80"],
    ["a BIT STRING with ones in its unused bits", "03 02 04 ff"],
    ["a BIT STRING with nine unused bits", "03 02 09 00"],
    ["an empty BIT STRING with unused bits", "03 01 01"],
    ["a BIT STRING in pieces", "23 04 03 02 00 01"],
    ["an OCTET STRING in pieces", "24 04 04 02 00 01"],
    ["a text in pieces", "2c 04 0c 02 61 62"],
    ["a SEQUENCE that is not constructed", "10 00"],
    ["a SET that is not in order", "31 06 02 01 02 02 01 01"],
    ["a SET with the same twice", "31 06 02 01 01 02 01 01"],
    ["NULL with something in it", "05 01 00"],
    ["an OID without octets", "06 00"],
    ["an OID that does not end", "06 02 55 9d"],
    ["an OID with a padded part", "06 03 55 80 1d"],
    ["text that is not UTF-8", "0c 02 c3 28"],
    ["a printable text with an at sign", "13 01 40"],
    ["a type that no certificate has", "1e 02 00 61"],
    ["an application's own type", "41 00"],
  ] as const)
    it(`refuses ${what}`, () => refuses(hex(encoding), what));

  it("refuses times with offsets, with fractions, without seconds or without Z", () => {
    for (const text of ["2606011200Z", "260601120000", "260601120000+0000", "260601120000-0500"])
      refuses(ascii(0x17, text), text);
    for (const text of ["20600601120000.0Z", "20600601120000.5Z", "202606011200Z", "20600601120000+0100"])
      refuses(ascii(0x18, text), text);
  });

  it("refuses nesting beyond its bound", () => {
    let nested: Uint8Array = der(0x05);
    for (let depth = 0; depth < 30; depth++) nested = der(0x30, nested);
    refuses(nested, "30 levels");
  });
});

describe("a value from DER", () => {
  it("is an existing time, in the form that its year requires", () => {
    const time = (tag: number, text: string) => timeOf(readDer(ascii(tag, text)));
    assert.equal(time(0x17, "491231235959Z").getTime(), Date.UTC(2049, 11, 31, 23, 59, 59));
    assert.equal(time(0x17, "500101000000Z").getTime(), Date.UTC(1950, 0, 1));
    assert.equal(time(0x18, "20500101000000Z").getTime(), Date.UTC(2050, 0, 1));
    for (const text of ["260230000000Z", "261301000000Z", "260601240000Z", "260601126000Z", "260601120060Z"])
      assert.throws(() => time(0x17, text), Error, text);
    assert.throws(() => time(0x18, "20491231235959Z"), Error, "UTCTime until 2049");
  });

  it("is a non-negative number within its bound", () => {
    const number = (octets: string) => naturalOf(readDer(der(0x02, hex(octets))), 3);
    assert.deepEqual(["00", "7f", "00 80", "7f ff ff"].map(number), [0n, 127n, 128n, 0x7fffffn]);
    for (const octets of ["80", "ff 00", "00 80 00 00"]) assert.throws(() => number(octets), Error, octets);
  });

  it("is a BIT STRING of whole octets", () => {
    assert.deepEqual([...octetsOf(readDer(hex("03 03 00 01 02")))], [1, 2]);
    assert.throws(() => octetsOf(readDer(hex("03 02 04 10"))));
  });
});
