import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import type { KeyPackage } from "ts-mls";
import { signKeyPackage } from "ts-mls/keyPackage.js";
import { MAX_KEY_PACKAGE_BYTES } from "../limits.ts";
import { cipherSuites } from "../mls/suite.ts";
import { onOurs } from "../mls/ts-mls-fixture.ts";
import { inspectKeyPackage, prepareToJoin } from "./conversation.ts";
import {
  alice,
  anyOfOurs,
  badContent,
  bob,
  createWith,
  established,
  inDays,
  keyPackageBytes,
  makeKeyPackage,
  mallory,
  readPackage,
  theirSuite,
  trust,
  withBitFlipped,
} from "./people-fixture.ts";

/** Asserts that a KeyPackage is rejected both when it is inspected and when it is used. */
async function refused(keyPackage: Uint8Array, reason: (error: unknown) => boolean): Promise<void> {
  await assert.rejects(inspectKeyPackage(keyPackage), reason);
  await assert.rejects(createWith(keyPackage), reason);
}

describe("KeyPackage", () => {
  it("identifies its owner", async () => {
    const { keyPackage } = await prepareToJoin(bob.name, bob.identity);
    assert.deepEqual(await inspectKeyPackage(keyPackage), {
      name: "bob",
      identityKey: bob.identity.publicKey,
    });
  });

  it("is fresh each time and valid for two weeks, with four days' allowance for other clocks", async () => {
    const [one, other] = [
      await prepareToJoin(bob.name, bob.identity),
      await prepareToJoin(bob.name, bob.identity),
    ];
    const [first, second] = [readPackage(one.keyPackage), readPackage(other.keyPackage)];
    assert.notDeepEqual(first.initKey, second.initKey);
    assert.notDeepEqual(first.leafNode.hpkePublicKey, second.leafNode.hpkePublicKey);
    assert.notDeepEqual(one.secret, other.secret);
    const { notBefore, notAfter } = first.leafNode.lifetime;
    assert.equal(notAfter - notBefore, (14n + 4n) * 86_400n);
    assert(inDays(-4) - notBefore <= 2n);
  });

  it("does not show its secret in logs", async () => {
    const joining = await prepareToJoin(bob.name, bob.identity);
    assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(joining))), ["keyPackage"]);
    const shown = inspect(joining, { showHidden: true, depth: Infinity, maxArrayLength: null }).replace(
      /\s/g,
      "",
    );
    assert(shown.includes(joining.keyPackage.join(",")));
    assert(!shown.includes(joining.secret.subarray(1, 9).join(",")));
  });

  describe("is refused when somebody", () => {
    let real: KeyPackage;
    before(async () => {
      real = readPackage((await prepareToJoin(bob.name, bob.identity)).keyPackage);
    });
    const mismatch = trust("identity-mismatch");

    it("swapped the identity key", () => {
      const leafNode = { ...real.leafNode, signaturePublicKey: mallory.identity.publicKey };
      return refused(keyPackageBytes({ ...real, leafNode }), mismatch);
    });

    it("swapped the identity key and signed again: the key is then not the pinned one", async () => {
      const { publicPackage } = await makeKeyPackage({ name: "bob", identity: mallory.identity });
      const bytes = keyPackageBytes(publicPackage);
      assert.deepEqual(await inspectKeyPackage(bytes), {
        name: "bob",
        identityKey: mallory.identity.publicKey,
      });
      await assert.rejects(createWith(bytes), trust("identity-changed"));
    });

    it("swapped a signature, or the whole leaf", async () => {
      const other = readPackage((await prepareToJoin(bob.name, bob.identity)).keyPackage);
      await refused(keyPackageBytes({ ...real, signature: other.signature }), mismatch);
      const { signature } = other.leafNode;
      await refused(keyPackageBytes({ ...real, leafNode: { ...real.leafNode, signature } }), mismatch);
      await refused(keyPackageBytes({ ...real, leafNode: other.leafNode }), mismatch);
    });

    it("swapped the key that the Welcome is encrypted to", async () => {
      const { publicPackage } = await makeKeyPackage(mallory);
      await refused(keyPackageBytes({ ...real, initKey: publicPackage.initKey }), mismatch);
    });

    it("sent another person's, or our own reflected", async () => {
      const mallorys = await prepareToJoin(mallory.name, mallory.identity);
      await assert.rejects(createWith(mallorys.keyPackage), mismatch);
      const own = await prepareToJoin(alice.name, alice.identity);
      await assert.rejects(createWith(own.keyPackage), mismatch);
    });

    it("kept it until it expired, dated it ahead, or made it valid for ever", async () => {
      for (const lifetime of [
        { notBefore: inDays(-15), notAfter: inDays(0) - 2n },
        { notBefore: inDays(1), notAfter: inDays(2) },
        { notBefore: inDays(-1), notAfter: inDays(31) },
        { notBefore: 0n, notAfter: 2n ** 64n - 1n },
        { notBefore: inDays(1), notAfter: inDays(-1) },
      ]) {
        const { publicPackage } = await makeKeyPackage(bob, { lifetime });
        await refused(keyPackageBytes(publicPackage), mismatch);
      }
    });

    it("put an invalid name into it", async () => {
      for (const identity of ["", "Bob", "bob ", "bob\0", "b".repeat(33), "böb", "ｂｏｂ"].map((name) =>
        Buffer.from(name),
      )) {
        const { publicPackage } = await makeKeyPackage(bob, {
          credential: { credentialType: "basic", identity },
        });
        await refused(keyPackageBytes(publicPackage), mismatch);
      }
    });

    it("made it for another suite, credential or protocol, or with unknown extensions", async () => {
      const sameSizes = {
        ...theirSuite,
        name: "MLS_256_XWING_CHACHA20POLY1305_SHA512_Ed25519",
      } as const;
      const extensions = [{ extensionType: 7, extensionData: new Uint8Array() }];
      const made = [
        await makeKeyPackage(bob, { suite: onOurs(cipherSuites().get(1) ?? assert.fail()) }),
        await makeKeyPackage(bob, { suite: sameSizes }),
        await makeKeyPackage(bob, {
          capabilities: { ciphersuites: ["MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"] },
        }),
        await makeKeyPackage(bob, { capabilities: { versions: [] } }),
        await makeKeyPackage(bob, { capabilities: { credentials: ["x509"] } }),
        await makeKeyPackage(bob, { extensions }),
        await makeKeyPackage(bob, { leafExtensions: extensions, capabilities: { extensions: [7] } }),
      ];
      for (const { publicPackage } of made) await refused(keyPackageBytes(publicPackage), badContent);
      const x509 = await makeKeyPackage(bob, { credential: { credentialType: "x509", certificates: [] } });
      await refused(keyPackageBytes(x509.publicPackage), mismatch);
    });

    it("listed too many capabilities", async () => {
      const bytes = Buffer.from(keyPackageBytes(real));
      const at = bytes.indexOf(Buffer.of(2, 0xf5, 0xc1)); // capabilities.cipher_suites: 2 bytes, our suite.
      assert(at > 0);
      for (const count of [65, 1000, 2500, 30_000]) {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(0x8000_0000 + 2 + 2 * count);
        const list = [length, Buffer.of(0xf5, 0xc1), Buffer.alloc(2 * count, 0x11)];
        await refused(Buffer.concat([bytes.subarray(0, at), ...list, bytes.subarray(at + 3)]), badContent);
      }
    });

    it("used one key for two purposes", async () => {
      const keyPackage = { ...real, initKey: real.leafNode.hpkePublicKey };
      await refused(keyPackageBytes(keyPackage), badContent);
    });

    it("put an invalid public key into it", async () => {
      const { signature } = theirSuite;
      const signed = (initKey: Uint8Array) =>
        signKeyPackage({ ...real, initKey }, bob.identity.exportSeed(), signature).then(keyPackageBytes);
      for (const length of [0, 32, 1215, 1217])
        await refused(await signed(new Uint8Array(length)), badContent);
      // The right length, but coefficients that are no residues (FIPS 203 §7.2), which shows when the key is
      // used.
      await assert.rejects(createWith(await signed(new Uint8Array(1216).fill(0xff))), badContent);
    });

    it("flipped any bit, cut it short or lengthened it", () => {
      const bytes = keyPackageBytes(real);
      return fc.assert(
        fc.asyncProperty(fc.nat({ max: bytes.length * 8 - 1 }), async (at) => {
          await assert.rejects(inspectKeyPackage(withBitFlipped(bytes, at)), anyOfOurs);
          await assert.rejects(inspectKeyPackage(bytes.subarray(0, Math.floor(at / 8))), badContent);
          await assert.rejects(inspectKeyPackage(Buffer.concat([bytes, Buffer.alloc(1)])), badContent);
        }),
        { numRuns: 150 },
      );
    });

    it("sent another message, garbage, or more than the bound", async () => {
      const { alices } = await established();
      await refused(alices.serialize(), badContent);
      await refused(new Uint8Array(), badContent);
      await refused(new Uint8Array(MAX_KEY_PACKAGE_BYTES + 1), badContent);
      const header = Uint8Array.of(0, 1, 0, 5); // MLS 1.0, mls_key_package
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
          await assert.rejects(inspectKeyPackage(bytes), anyOfOurs);
          await assert.rejects(inspectKeyPackage(Buffer.concat([header, bytes])), anyOfOurs);
        }),
      );
    });
  });

  it("is copied: it does not change with the caller's buffer", async () => {
    const { keyPackage } = await prepareToJoin(bob.name, bob.identity);
    const owner = await inspectKeyPackage(keyPackage);
    keyPackage.fill(0);
    assert.deepEqual(owner.identityKey, bob.identity.publicKey);
  });
});
