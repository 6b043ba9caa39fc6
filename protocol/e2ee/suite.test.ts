/** Our provider held against the library's own: same inputs, same outputs; sealed with one, opened with the other. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultCryptoProvider, zeroOutUint8Array } from "ts-mls";
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
} from "ts-mls/crypto/ciphersuite.js";
import { CIPHERSUITE, nodeCryptoProvider, parleySuite } from "./suite.ts";

const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
const exactly = (length: number) => bytes(length, length);
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const RUNS = { numRuns: 40 };

for (const name of [
  CIPHERSUITE,
  "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
] as const satisfies CiphersuiteName[]) {
  describe(`crypto provider, ${name}`, () => {
    let ours: CiphersuiteImpl;
    let theirs: CiphersuiteImpl;
    before(async () => {
      ours = await nodeCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(name));
      theirs = await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(name));
    });

    it("has the same sizes and name", () => {
      const sizes = (suite: CiphersuiteImpl) => [
        suite.name,
        suite.kdf.size,
        suite.hpke.keyLength,
        suite.hpke.nonceLength,
      ];
      assert.deepEqual(sizes(ours), sizes(theirs));
    });

    it("hashes and authenticates alike", () =>
      fc.assert(
        fc.asyncProperty(bytes(200), bytes(300, 1), async (data, key) => {
          assert.equal(hex(await ours.hash.digest(data)), hex(await theirs.hash.digest(data)));
          const mac = await theirs.hash.mac(key, data);
          assert.equal(hex(await ours.hash.mac(key, data)), hex(mac));
          assert.equal(await ours.hash.verifyMac(key, mac, data), true);
          mac[0] = (mac[0] ?? 0) ^ 1;
          assert.equal(await ours.hash.verifyMac(key, mac, data), false);
          assert.equal(await ours.hash.verifyMac(key, mac.subarray(1), data), false);
        }),
        RUNS,
      ));

    it("extracts and expands alike, to any length", () =>
      fc.assert(
        fc.asyncProperty(
          exactly(ours.kdf.size),
          bytes(100, 1),
          bytes(100),
          fc.integer({ min: 1, max: 300 }),
          async (salt, ikm, info, length) => {
            const prk = await theirs.kdf.extract(salt, ikm);
            assert.equal(hex(await ours.kdf.extract(salt, ikm)), hex(prk));
            assert.equal(
              hex(await ours.kdf.expand(prk, info, length)),
              hex(await theirs.kdf.expand(prk, info, length)),
            );
          },
        ),
        RUNS,
      ));

    it("expands no further than RFC 5869 allows", async () => {
      const prk = new Uint8Array(ours.kdf.size);
      assert.equal((await ours.kdf.expand(prk, prk, 255 * ours.kdf.size)).length, 255 * ours.kdf.size);
      await assert.rejects(ours.kdf.expand(prk, prk, 255 * ours.kdf.size + 1), RangeError);
    });

    it("seals AEAD alike and opens what the other sealed", async () =>
      fc.assert(
        fc.asyncProperty(
          exactly(ours.hpke.keyLength),
          exactly(12),
          bytes(50),
          bytes(500),
          async (key, nonce, aad, data) => {
            const sealed = await ours.hpke.encryptAead(key, nonce, aad, data);
            assert.equal(hex(sealed), hex(await theirs.hpke.encryptAead(key, nonce, aad, data)));
            assert.equal(hex(await ours.hpke.decryptAead(key, nonce, aad, sealed)), hex(data));
          },
        ),
        RUNS,
      ));

    it("opens nothing that was changed, cut or moved", async () =>
      fc.assert(
        fc.asyncProperty(
          exactly(ours.hpke.keyLength),
          exactly(12),
          bytes(50),
          bytes(100),
          fc.nat(),
          async (key, nonce, aad, data, at) => {
            const sealed = await ours.hpke.encryptAead(key, nonce, aad, data);
            const flipped = sealed.slice();
            flipped[at % sealed.length] = (flipped[at % sealed.length] ?? 0) ^ (1 << (at % 8));
            await assert.rejects(ours.hpke.decryptAead(key, nonce, aad, flipped));
            await assert.rejects(
              ours.hpke.decryptAead(key, nonce, aad, sealed.subarray(0, at % sealed.length)),
            );
            await assert.rejects(
              ours.hpke.decryptAead(key, nonce, Buffer.concat([aad, Buffer.of(0)]), sealed),
            );
          },
        ),
        RUNS,
      ));

    it("signs alike, and each verifies the other", () =>
      fc.assert(
        fc.asyncProperty(exactly(32), bytes(300), async (seed, message) => {
          const signature = await ours.signature.sign(seed, message);
          assert.equal(hex(signature), hex(await theirs.signature.sign(seed, message)));
        }),
        RUNS,
      ));

    it("makes keys that the other can use, and refuses what is no signature or no key", async () => {
      const message = new TextEncoder().encode("hello");
      const pair = await ours.signature.keygen();
      const signature = await theirs.signature.sign(pair.signKey, message);
      assert.equal(await ours.signature.verify(pair.publicKey, message, signature), true);
      assert.equal(await ours.signature.verify(pair.publicKey, Buffer.from("hullo"), signature), false);
      assert.equal(await ours.signature.verify(pair.publicKey, message, signature.subarray(1)), false);
      assert.equal(await ours.signature.verify(pair.publicKey.subarray(1), message, signature), false);
      assert.equal(await ours.signature.verify(new Uint8Array(32).fill(0xff), message, signature), false);
      await assert.rejects(ours.signature.sign(new Uint8Array(31), message), RangeError);
    });

    it("HPKE: opens what the other sealed, exports the same secret, derives the same keys", async () => {
      const ikm = new Uint8Array(64).fill(7);
      const info = new TextEncoder().encode("info");
      const [a, b] = [await ours.hpke.deriveKeyPair(ikm), await theirs.hpke.deriveKeyPair(ikm)];
      const seed = await ours.hpke.exportPrivateKey(a.privateKey);
      assert.equal(hex(seed), hex(await theirs.hpke.exportPrivateKey(b.privateKey)));
      for (const [one, other] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        const pair = await one.hpke.generateKeyPair();
        const publicKey = await other.hpke.importPublicKey(await one.hpke.exportPublicKey(pair.publicKey));
        const { enc, ct } = await other.hpke.seal(publicKey, ikm, info, info);
        assert.equal(hex(await one.hpke.open(pair.privateKey, enc, ct, info, info)), hex(ikm));
        await assert.rejects(one.hpke.open(pair.privateKey, enc, ct, info));
        const exported = await other.hpke.exportSecret(publicKey, info, 32, info);
        const imported = await one.hpke.importSecret(pair.privateKey, info, exported.enc, 32, info);
        assert.equal(hex(imported), hex(exported.secret));
      }
    });
  });
}

describe("crypto provider", () => {
  it("draws random bytes of any length, owned by the caller", async () => {
    const { rng } = await parleySuite();
    assert.equal(rng.randomBytes(0).length, 0);
    const [one, other] = [rng.randomBytes(32), rng.randomBytes(32)];
    assert.notDeepEqual(one, other);
    const kept = hex(other);
    zeroOutUint8Array(one);
    assert.deepEqual(one, new Uint8Array(32));
    assert.equal(hex(other), kept);
  });

  it("is made once, and for no other suite", async () => {
    assert.equal(await parleySuite(), await parleySuite());
    const other = getCiphersuiteFromName("MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519");
    await assert.rejects(nodeCryptoProvider.getCiphersuiteImpl(other), /No implementation/);
  });
});
