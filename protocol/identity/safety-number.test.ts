import assert from "node:assert/strict";
import fc from "fast-check";
import { safetyNumber } from "./safety-number.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const alice = { name: "alice", identityKey: new Uint8Array(32).fill(0xa1) };
const bob = { name: "bob", identityKey: new Uint8Array(32).fill(0xb0) };

describe("the safety number", () => {
  it("equals Signal's for the same input", () => {
    // libsignal, rust/protocol/src/fingerprint.rs, mod test (Signal's keys have a type byte in front).
    const one = {
      name: "+14152222222",
      identityKey: hex("0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868"),
    };
    const other = {
      name: "+14153333333",
      identityKey: hex("05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b"),
    };
    assert.equal(
      safetyNumber(one, other).replaceAll(" ", ""),
      "300354477692869396892869876765458257569162576843440918079131",
    );
  });

  it("has the format of this version", () => {
    assert.equal(
      safetyNumber(alice, bob),
      "68101 98035 13349 89334 50553 80930 71867 67510 06599 34548 58320 60966",
    );
  });

  const party = fc.record({
    name: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,31}$/),
    identityKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });

  it("is the same on both sides: 12 groups of five digits", () => {
    fc.assert(
      fc.property(party, party, (one, other) => {
        const number = safetyNumber(one, other);
        assert.match(number, /^\d{5}( \d{5}){11}$/);
        assert.equal(safetyNumber(other, one), number);
      }),
      { numRuns: 10 },
    );
  });

  it("changes with any bit of a name or key", () => {
    const number = safetyNumber(alice, bob);
    const bit = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.boolean(), bit, (mine, position) => {
        const flip = (key: Uint8Array) =>
          key.map((byte, index) => (index === position >> 3 ? byte ^ (1 << (position & 7)) : byte));
        const changed = mine
          ? safetyNumber({ ...alice, identityKey: flip(alice.identityKey) }, bob)
          : safetyNumber(alice, { ...bob, identityKey: flip(bob.identityKey) });
        assert.notEqual(changed, number);
      }),
      { numRuns: 10 },
    );
    assert.notEqual(safetyNumber({ ...alice, name: "alicf" }, bob), number);
    assert.notEqual(safetyNumber(alice, { ...bob, name: "bobb" }), number);
  });

  it("changes when two people swap keys", () => {
    const swapped = safetyNumber(
      { ...alice, identityKey: bob.identityKey },
      { ...bob, identityKey: alice.identityKey },
    );
    assert.notEqual(swapped, safetyNumber(alice, bob));
  });
});
