/**
 * Primitives compared with the official vectors, including X-Wing's and HPKE's, natively and in plain
 * JavaScript.
 */
import assert from "node:assert/strict";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { aes256Gcm, chacha20Poly1305 } from "./aead.ts";
import { concat } from "./bytes.ts";
import { dhkemP256, dhkemX25519 } from "./dhkem.ts";
import { MlsError, ValidationError, VerificationError } from "./errors.ts";
import { hpke } from "./hpke.ts";
import { hkdfSha256, hkdfSha512 } from "./kdf.ts";
import type { Kem } from "./kem.ts";
import * as labels from "./labels.ts";
import { type MlKem, nativeMlKem, portableMlKem } from "./ml-kem.ts";
import { ecdsaP256, ed25519 } from "./signature.ts";
import { hex, hexOf, same, suiteVectors, vectors } from "./vectors-fixture.ts";
import { xWingOn } from "./x-wing.ts";
import { isX25519PublicKey, newX25519KeyPair, x25519 } from "./x25519.ts";

describe("MLS vectors: crypto-basics", () => {
  type Names<Name extends string> = Record<Name, string>;
  interface Basics {
    ref_hash: Names<"label" | "value" | "out">;
    expand_with_label: Names<"secret" | "label" | "context" | "out"> & { length: number };
    derive_secret: Names<"secret" | "label" | "out">;
    derive_tree_secret: Names<"secret" | "label" | "out"> & { generation: number; length: number };
    sign_with_label: Names<"priv" | "pub" | "content" | "label" | "signature">;
    encrypt_with_label: Names<
      "priv" | "pub" | "label" | "context" | "plaintext" | "kem_output" | "ciphertext"
    >;
  }
  for (const { suite, vector } of suiteVectors<Basics>("mls-crypto-basics.json")) {
    it(`suite ${suite.number}: RefHash`, () => {
      const { label, value, out } = vector.ref_hash;
      same(labels.refHash(suite, label as "MLS 1.0 Proposal Reference", hex(value)), out);
    });
    it(`suite ${suite.number}: derivations`, () => {
      const { secret, label, context, length, out } = vector.expand_with_label;
      same(labels.expandWithLabel(suite, hex(secret), label, hex(context), length), out);
      const derived = vector.derive_secret;
      same(labels.deriveSecret(suite, hex(derived.secret), derived.label), derived.out);
      const tree = vector.derive_tree_secret;
      same(
        labels.deriveTreeSecret(suite, hex(tree.secret), tree.label, tree.generation, tree.length),
        tree.out,
      );
    });
    it(`suite ${suite.number}: signatures`, () => {
      const { priv, pub, content, signature } = vector.sign_with_label;
      const label = vector.sign_with_label.label as "GroupInfoTBS";
      same(suite.signature.publicKey(hex(priv)), pub);
      labels.verifyWithLabel(suite, hex(pub), label, hex(content), hex(signature));
      const ours = labels.signWithLabel(suite, hex(priv), label, hex(content));
      labels.verifyWithLabel(suite, hex(pub), label, hex(content), ours);
      for (const [key, message, signed] of [
        [hex(pub), hex(`${content}00`), ours],
        [hex(pub), hex(content), ours.slice(1)],
        [hex(pub).slice(1), hex(content), ours],
        [new Uint8Array(hex(pub).length), hex(content), ours],
      ] as const)
        assert.throws(() => labels.verifyWithLabel(suite, key, label, message, signed), VerificationError);
    });
    it(`suite ${suite.number}: encryption`, () => {
      const { priv, pub, context, plaintext, kem_output, ciphertext } = vector.encrypt_with_label;
      const label = vector.encrypt_with_label.label as "Welcome";
      const sealed = { kemOutput: hex(kem_output), ciphertext: hex(ciphertext) };
      same(labels.decryptWithLabel(suite, hex(priv), label, hex(context), sealed), plaintext);
      const ours = labels.encryptWithLabel(suite, hex(pub), label, hex(context), hex(plaintext));
      same(labels.decryptWithLabel(suite, hex(priv), label, hex(context), ours), plaintext);
      assert.throws(
        () => labels.decryptWithLabel(suite, hex(priv), label, hex(`${context}00`), ours),
        VerificationError,
      );
      const [output] = [ours.kemOutput];
      for (const kemOutput of [output.slice(1), new Uint8Array(output.length), concat(output, output)])
        assert.throws(
          () => labels.decryptWithLabel(suite, hex(priv), label, hex(context), { ...ours, kemOutput }),
          MlsError,
        );
    });
  }
});

const mlKems: readonly [string, MlKem | undefined][] = [
  ["in plain JavaScript", portableMlKem],
  ["natively", nativeMlKem],
];
for (const [how, mlKem] of mlKems)
  describe(`X-Wing ${how}`, () => {
    before(function () {
      if (mlKem === undefined) this.skip();
    });
    const kem = () => xWingOn(mlKem as MlKem);

    it("agrees with the draft's vectors: key pair, decapsulation, encapsulation", () => {
      type Vector = Record<"seed" | "eseed" | "ss" | "sk" | "pk" | "ct", string>;
      for (const { seed, eseed, ss, pk, ct } of vectors<Vector>("mls/xwing-kem.json")) {
        same(kem().decapsulate(hex(seed), hex(ct)), ss);
        // Encapsulation is random: ours is tested by decapsulating it, ML-KEM's half of the vector with its
        // own randomness.
        const { kemOutput, sharedSecret } = kem().encapsulate(hex(pk));
        assert.deepEqual(kem().decapsulate(hex(seed), kemOutput), sharedSecret);
        const half = ml_kem768.encapsulate(hex(pk).slice(0, 1184), hex(eseed).slice(0, 32));
        same(half.cipherText, ct.slice(0, 2 * 1088));
      }
    });

    it("derives key pairs as in draft-ietf-hpke-pq", () => {
      for (const { kem_id, ikmR, skRm, pkRm, enc, shared_secret } of hpkeVectors()) {
        if (kem_id !== kem().id) continue;
        const { privateKey, publicKey } = kem().deriveKeyPair(hex(ikmR));
        same(privateKey, skRm);
        same(publicKey, pkRm);
        same(kem().decapsulate(privateKey, hex(enc)), shared_secret);
      }
    });

    it("refuses public keys that FIPS 203 refuses, and those of small order", () => {
      const { publicKey } = kem().generateKeyPair();
      assert(kem().isPublicKey(publicKey));
      const large = publicKey.slice();
      large.set([0xff, 0xff, 0xff], 0); // two coefficients of 4095
      const small = publicKey.slice();
      small.fill(0, 1184);
      for (const bad of [large, small, publicKey.slice(1), concat(publicKey, publicKey)])
        assert(!kem().isPublicKey(bad));
    });
  });

it("ML-KEM: native and portable implementation decapsulate each other's ciphertexts", function () {
  if (nativeMlKem === undefined) return this.skip();
  const [a, b] = [xWingOn(nativeMlKem), xWingOn(portableMlKem)];
  const pair = a.generateKeyPair();
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const { kemOutput, sharedSecret } = from.encapsulate(pair.publicKey);
    assert.deepEqual(to.decapsulate(pair.privateKey, kemOutput), sharedSecret);
  }
});

interface HpkeVector
  extends Record<
    "ikmR" | "skRm" | "pkRm" | "enc" | "shared_secret" | "info" | "key" | "base_nonce" | "exporter_secret",
    string
  > {
  kem_id: number;
  kdf_id: number;
  aead_id: number;
  encryptions: Record<"aad" | "ct" | "nonce" | "pt", string>[];
}
const hpkeVectors = () => vectors<HpkeVector>("mls/hpke-xwing-x25519.json");

describe("HPKE vectors", () => {
  it("base mode with the KDFs of RFC 9180: key schedule and eight messages", function () {
    const kdfs = [hkdfSha256, hkdfSha512];
    let run = 0;
    for (const vector of hpkeVectors()) {
      const kdf = kdfs.find(({ id }) => id === vector.kdf_id);
      const aead = [aes256Gcm, chacha20Poly1305].find((one) => one?.id === vector.aead_id);
      if (kdf === undefined) continue; // one-stage KDFs, which no suite of ours has
      if (aead === undefined) return this.skip(); // not on BoringSSL
      run++;
      const base = hpke(kemOf(vector.kem_id), kdf, aead);
      const secret = base.kem.decapsulate(hex(vector.skRm), hex(vector.enc));
      same(secret, vector.shared_secret);
      const context = base.keySchedule(secret, hex(vector.info));
      same(context.key, vector.key);
      same(context.baseNonce, vector.base_nonce);
      same(context.exporterSecret, vector.exporter_secret);
      assert(vector.encryptions.length >= 8);
      for (const { aad, ct, nonce, pt } of vector.encryptions)
        same(aead.seal(context.key, hex(nonce), hex(aad), hex(pt)), ct);
      const [first] = vector.encryptions;
      assert(first);
      const sealed = { kemOutput: hex(vector.enc), ciphertext: hex(first.ct) };
      same(base.open(hex(vector.skRm), hex(vector.info), sealed, hex(first.aad)), first.pt);
    }
    assert(run > 0);
  });

  it("X25519 key pairs and shared secrets of every entry", () => {
    for (const vector of hpkeVectors()) {
      const kem = kemOf(vector.kem_id);
      same(kem.decapsulate(hex(vector.skRm), hex(vector.enc)), vector.shared_secret);
      const pair = kem.deriveKeyPair(hex(vector.ikmR));
      assert.deepEqual([hexOf(pair.privateKey), hexOf(pair.publicKey)], [vector.skRm, vector.pkRm]);
    }
  });

  function kemOf(id: number): Kem {
    const kem = [dhkemX25519, xWingOn(portableMlKem)].find((one) => one.id === id);
    assert(kem);
    return kem;
  }
});

describe("Public keys that must not enter a tree", () => {
  it("X25519: every point of small order, with and without the bit that is ignored", () => {
    const { privateKey, publicKey } = newX25519KeyPair();
    assert(isX25519PublicKey(publicKey));
    for (const point of [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
      for (const bit of [0, 0x80]) {
        const u = hex(point);
        u[31] = (u[31] ?? 0) | bit;
        assert(!isX25519PublicKey(u), point);
        assert.throws(() => x25519(privateKey, u), ValidationError, "and it is one");
      }
  });

  it("P-256: anything but an uncompressed point on the curve", () => {
    const { publicKey } = dhkemP256.generateKeyPair();
    assert(dhkemP256.isPublicKey(publicKey));
    const off = publicKey.slice();
    off[64] = (off[64] ?? 0) ^ 1;
    const compressed = concat(Uint8Array.of(2), publicKey.slice(1, 33));
    for (const bad of [off, compressed, new Uint8Array(65), new Uint8Array()])
      assert(!dhkemP256.isPublicKey(bad));
  });
});

it("generated signature keys sign", () => {
  for (const scheme of [ed25519, ecdsaP256]) {
    const key = scheme.generate();
    assert.equal(key.length, 32);
    assert(scheme.verify(scheme.publicKey(key), key, scheme.sign(key, key)));
  }
});
