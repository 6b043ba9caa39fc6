import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { UsageError } from "../errors.ts";
import { publicKeyFromBytes } from "./ed25519.ts";
import { fingerprint, Identity, verifyIdentity } from "./identity.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const text = (value: string) => new TextEncoder().encode(value);

/** RFC 8032 §7.1, TEST 1 to 3 and TEST SHA(abc): seed, public key. */
const RFC_8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
  ],
  [
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
  ],
] as const;

describe("Identity", () => {
  const alice = Identity.fromSeed(hex(RFC_8032[0][0]));

  for (const [index, [seed, publicKey]] of RFC_8032.entries()) {
    it(`has the public key of RFC 8032's test ${index + 1} and returns its seed`, () => {
      const identity = Identity.fromSeed(hex(seed));
      assert.deepEqual(identity.publicKey, hex(publicKey));
      assert.deepEqual(identity.exportSeed(), hex(seed));
    });
  }

  it("signs label, zero byte and content as another implementation of Ed25519 does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, content) => {
        const identity = Identity.fromSeed(seed);
        const signature = identity.sign("parley/1 request", content);
        const signed = new Uint8Array([...text("parley/1 request"), 0, ...content]);
        assert.deepEqual(signature, ed25519.sign(signed, seed));
        assert.ok(verifyIdentity(identity.publicKey, "parley/1 request", content, signature));
      }),
      { numRuns: 20 },
    );
  });

  it("refuses a signature for another purpose, content or key", () => {
    const content = text("content");
    const signature = alice.sign("parley/1 client", content);
    assert.ok(verifyIdentity(alice.publicKey, "parley/1 client", content, signature));
    assert.ok(!verifyIdentity(alice.publicKey, "parley/1 request", content, signature));
    assert.ok(!verifyIdentity(alice.publicKey, "parley/1 client", text("Content"), signature));
    assert.ok(!verifyIdentity(Identity.generate().publicKey, "parley/1 client", content, signature));
  });

  it("rejects signatures of random bytes of any length, and never throws", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
    );
    fc.assert(
      fc.property(bytes, fc.uint8Array(), bytes, (key, content, signature) => {
        assert.equal(verifyIdentity(key, "parley/1 client", content, signature), false);
      }),
    );
    const signature = alice.sign("parley/1 client", text("x"));
    for (const length of [0, 63, 65])
      assert.ok(!verifyIdentity(alice.publicKey, "parley/1 client", text("x"), new Uint8Array(length)));
    for (const key of [alice.publicKey.subarray(1), new Uint8Array([...alice.publicKey, 0])])
      assert.ok(!verifyIdentity(key, "parley/1 client", text("x"), signature));
  });

  it("refuses keys of small order, under which one signature fits many contents", () => {
    const scalar = 5;
    const point = ed25519.Point.BASE.multiply(BigInt(scalar)).toBytes();
    const signature = new Uint8Array([...point, scalar, ...new Uint8Array(31)]);
    for (const key of smallOrderKeys()) {
      assert.ok(ed25519.Point.fromBytes(key, true).isSmallOrder());
      const contents = Array.from({ length: 32 }, (_, content) => Uint8Array.of(content));
      const laxAnswers = contents.map((content) =>
        ed25519.verify(signature, new Uint8Array([...text("parley/1 client"), 0, ...content]), key),
      );
      assert.ok(laxAnswers.includes(true), "the attack works on a verifier that takes any key");
      for (const content of contents) assert.ok(!verifyIdentity(key, "parley/1 client", content, signature));
      assert.throws(() => publicKeyFromBytes(key), RangeError);
    }
  });

  it("refuses seeds of other than 32 bytes", () => {
    for (const length of [0, 31, 33, 64])
      assert.throws(() => Identity.fromSeed(new Uint8Array(length)), UsageError);
  });

  it("does not share the seed's buffer with its caller", () => {
    const seed = hex(RFC_8032[0][0]);
    const identity = Identity.fromSeed(seed);
    seed.fill(0);
    identity.exportSeed().fill(0);
    assert.deepEqual(identity.exportSeed(), hex(RFC_8032[0][0]));
  });

  it("shows its public fingerprint and nothing else, however it is printed", () => {
    const [seed] = RFC_8032[0];
    const shown = [
      inspect(alice, { depth: 9, showHidden: true, getters: true }),
      inspect({ nested: [alice] }, { depth: 9 }),
      JSON.stringify({ alice }),
      `${alice}`,
      JSON.stringify(structuredClone({ ...alice })),
    ].join("\n");
    assert.match(shown, /21fe 31df a154 a261 626b f854 046f d227/);
    for (const spelling of ["hex", "base64", "base64url", "latin1"] as const)
      assert.ok(!shown.includes(Buffer.from(seed, "hex").toString(spelling).slice(0, 12)));
    assert.ok(!shown.includes([...hex(seed)].slice(0, 4).join(",")));
  });

  it("has a fingerprint of 8 groups of 4 hexadecimal digits: half of SHA-256", () => {
    assert.equal(fingerprint(alice.publicKey), "21fe 31df a154 a261 626b f854 046f d227");
  });
});

/**
 * Returns every encoding of the eight points of small order that a decoder may accept, including
 * non-canonical ones.
 */
function smallOrderKeys(): Uint8Array[] {
  const order8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
  const order8Too = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
  const zero = "00".repeat(32);
  const one = `01${"00".repeat(31)}`;
  const minusOne = `ec${"ff".repeat(30)}7f`;
  const p = `ed${"ff".repeat(30)}7f`;
  const pPlusOne = `ee${"ff".repeat(30)}7f`;
  return [zero, one, order8, order8Too, minusOne, p, pPlusOne].flatMap((low) => {
    const key = hex(low);
    const signed = hex(low);
    signed[31] = (signed[31] ?? 0) | 0x80;
    return [key, signed];
  });
}
