import assert from "node:assert/strict";
import { inspect } from "node:util";
import { x25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { ProtocolError, UsageError } from "../errors.ts";
import { dh, exportPrivateKey, generateKeyPair, keyPairFromPrivate, readPublicKey } from "./x25519.ts";

describe("X25519", () => {
  it("computes the result of RFC 7748 §5.2", () => {
    const scalar = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
    const point = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c";
    const product = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552";
    assert.equal(
      hex(dh(keyPairFromPrivate(Buffer.from(scalar, "hex")), readPublicKey(Buffer.from(point, "hex")))),
      product,
    );
  });

  it("agrees with @noble/curves", () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (ours, theirs) => {
        const pair = keyPairFromPrivate(ours);
        assert.equal(hex(pair.publicKey), hex(x25519.getPublicKey(ours)));
        const peer = x25519.getPublicKey(theirs);
        assert.equal(hex(dh(pair, readPublicKey(peer))), hex(x25519.getSharedSecret(ours, peer)));
      }),
      { numRuns: 20 },
    );
  });

  it("exports a private key and imports it again", () => {
    const pair = generateKeyPair();
    assert.equal(hex(keyPairFromPrivate(exportPrivateKey(pair)).publicKey), hex(pair.publicKey));
  });

  it("refuses keys of another length, and points of small order", () => {
    assert.throws(
      () => keyPairFromPrivate(new Uint8Array(31)),
      (error: unknown) => error instanceof UsageError,
    );
    const smallOrder = [
      "00".repeat(32),
      `01${"00".repeat(31)}`,
      `ec${"ff".repeat(30)}7f`,
      `ed${"ff".repeat(30)}7f`,
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    for (const point of ["00", "00".repeat(33), ...smallOrder])
      assert.throws(
        () => dh(generateKeyPair(), readPublicKey(Buffer.from(point, "hex"))),
        (error: unknown) => error instanceof ProtocolError && error.code === "bad-handshake",
        point,
      );
  });

  it("shows no private key when printed or serialised", () => {
    const secret = Buffer.alloc(32, 0x5a);
    const pair = keyPairFromPrivate(secret);
    for (const text of [inspect(pair, { depth: null }), JSON.stringify(pair)])
      assert.ok(!text.includes("5a5a") && !text.includes("5a 5a") && !text.includes("90,90"));
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
