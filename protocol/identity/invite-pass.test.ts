import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { newPassSecret, passProves, provePass } from "./invite-pass.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const claims = fc.record({ server: bytes(32), newcomer: bytes(32), inviter: bytes(32) });

describe("an invite pass", () => {
  it("is proved by HMAC-SHA256 over server, newcomer and inviter, in that order, under this protocol's label", () => {
    const secret = newPassSecret();
    const [server, newcomer, inviter] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const label = Buffer.from("parley/1 invite pass\0");
    const input = Buffer.concat([label, server, newcomer, inviter]);
    assert.deepEqual(
      Buffer.from(provePass(secret, { server, newcomer, inviter })),
      createHmac("sha256", secret).update(input).digest(),
    );
  });

  it("does not verify for another secret, server, newcomer or inviter, or with a bit or bytes changed", () => {
    fc.assert(
      fc.property(claims, bytes(32), fc.nat(31), fc.nat(7), (claim, secret, at, bit) => {
        const flipped = (value: Uint8Array) => {
          const other = Uint8Array.from(value);
          other[at] = (other[at] ?? 0) ^ (1 << bit);
          return other;
        };
        const proof = provePass(secret, claim);
        assert.ok(passProves(secret, claim, proof));
        assert.ok(!passProves(flipped(secret), claim, proof));
        assert.ok(!passProves(secret, claim, flipped(proof)));
        assert.ok(!passProves(secret, claim, proof.subarray(1)));
        for (const part of ["server", "newcomer", "inviter"] as const)
          assert.ok(!passProves(secret, { ...claim, [part]: flipped(claim[part]) }, proof), part);
      }),
    );
  });

  it("refuses keys of a wrong length, so that no field runs into the next", () => {
    const [secret, key] = [newPassSecret(), randomBytes(32)];
    const short = {
      server: key,
      newcomer: key.subarray(1),
      inviter: Buffer.concat([key, key.subarray(0, 1)]),
    };
    assert.throws(() => provePass(secret, short), RangeError);
  });
});
