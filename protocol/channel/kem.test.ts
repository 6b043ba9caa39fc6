import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ProtocolError } from "../errors.ts";
import { KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_KEY_BYTES, type Kem, kem, nativeKem, portableKem } from "./kem.ts";

const offered: readonly (readonly [string, Kem])[] = [
  ["portable", portableKem],
  ...(nativeKem === undefined ? [] : [["native", nativeKem] as const]),
];

describe("ML-KEM-768", () => {
  for (const [name, receiver] of offered)
    for (const [other, sender] of offered)
      it(`${other} encapsulates for ${name}`, () => {
        const pair = receiver.generateKeyPair();
        assert.equal(pair.publicKey.length, KEM_PUBLIC_KEY_BYTES);
        const { ciphertext, sharedSecret } = sender.encapsulate(pair.publicKey);
        assert.equal(ciphertext.length, KEM_CIPHERTEXT_BYTES);
        assert.equal(sharedSecret.length, 32);
        assert.deepEqual(Buffer.from(pair.decapsulate(ciphertext)), Buffer.from(sharedSecret));
      });

  for (const [name, one] of offered) {
    it(`${name}: decapsulates a forged ciphertext to another secret, without an error`, () => {
      const pair = one.generateKeyPair();
      const { ciphertext, sharedSecret } = one.encapsulate(pair.publicKey);
      ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
      const secret = pair.decapsulate(ciphertext);
      assert.equal(secret.length, 32);
      assert.notDeepEqual(Buffer.from(secret), Buffer.from(sharedSecret));
    });

    it(`${name}: refuses an invalid public key (FIPS 203 §7.2)`, () => {
      const { publicKey } = one.generateKeyPair();
      const bad = [publicKey.subarray(1), Buffer.concat([publicKey, Uint8Array.of(0)]), new Uint8Array(0)];
      for (const at of [0, 575, 1149]) bad.push(Buffer.from(publicKey).fill(0xff, at, at + 3));
      // Sets the first coefficient exactly to the modulus, 3329; one less would be valid.
      const atModulus = Buffer.from(publicKey);
      atModulus[0] = 0x01;
      atModulus[1] = ((atModulus[1] ?? 0) & 0xf0) | 0x0d;
      bad.push(atModulus);
      for (const key of bad)
        assert.throws(
          () => one.encapsulate(key),
          (error: unknown) => error instanceof ProtocolError && error.code === "bad-handshake",
        );
      atModulus[0] = 0x00;
      one.encapsulate(atModulus);
    });

    it(`${name}: shows no private key when printed`, () => {
      const pair = one.generateKeyPair();
      assert.deepEqual(Object.keys(pair).sort(), ["decapsulate", "publicKey"]);
      assert.match(inspect(pair.decapsulate, { depth: null }), /^\[Function: decapsulate\]$/);
    });
  }

  it("uses the native implementation where there is one", () => {
    assert.equal(kem, nativeKem ?? portableKem);
  });
});
