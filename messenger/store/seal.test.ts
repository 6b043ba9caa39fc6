import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { DATABASE_KEY_BYTES, type Place, SealError, StoreKey } from "./seal.ts";

const bytes = fc.uint8Array({ maxLength: 300 });
const place: fc.Arbitrary<Place> = fc.record({
  table: fc.constantFrom("message", "peer"),
  column: fc.constantFrom("body", "chat"),
  row: fc.oneof(fc.nat(), fc.string()),
});

describe("row sealing", () => {
  const databaseKey = randomBytes(DATABASE_KEY_BYTES);
  const key = new StoreKey(databaseKey);

  it("opens its ciphertext in the cell it was sealed for, with another instance of the same database key", () => {
    fc.assert(
      fc.property(bytes, place, (plaintext, at) => {
        assert.deepEqual(
          Buffer.from(new StoreKey(databaseKey).open(key.seal(plaintext, at), at)),
          Buffer.from(plaintext),
        );
      }),
    );
  });

  it("opens nowhere else: rows, columns and tables cannot be swapped", () => {
    const sealed = key.seal(Buffer.from("hello"), { table: "message", column: "body", row: 7 });
    for (const other of [
      { table: "message", column: "body", row: 8 },
      { table: "message", column: "bod", row: "y7" },
      { table: "outbox", column: "body", row: 7 },
    ])
      assert.throws(() => key.open(sealed, other), SealError);
  });

  it("refuses every flipped bit, every cut, and another key", () => {
    const at = { table: "message", column: "body", row: 1 };
    const sealed = key.seal(Buffer.from("hi"), at);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const bad = Uint8Array.from(sealed);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => key.open(bad, at), SealError);
    }
    for (let length = 0; length < sealed.length; length++)
      assert.throws(() => key.open(sealed.subarray(0, length), at), SealError);
    assert.throws(() => new StoreKey(randomBytes(DATABASE_KEY_BYTES)).open(sealed, at), SealError);
  });

  it("never repeats a ciphertext, and always gives a name the same tag", () => {
    const at = { table: "peer", column: "chat", row: 1 };
    assert.notDeepEqual(key.seal(Buffer.from("x"), at), key.seal(Buffer.from("x"), at));
    assert.deepEqual(key.nameTag("bob"), new StoreKey(databaseKey).nameTag("bob"));
    assert.notDeepEqual(key.nameTag("bob"), key.nameTag("bobb"));
    assert.notDeepEqual(key.nameTag("bob"), new StoreKey(randomBytes(DATABASE_KEY_BYTES)).nameTag("bob"));
  });

  it("shows no key when printed", () => {
    const hex = databaseKey.toString("hex");
    assert.ok(!inspect(key, { depth: 9, showHidden: true }).includes(hex));
    assert.equal(JSON.stringify(key), "{}");
  });
});
