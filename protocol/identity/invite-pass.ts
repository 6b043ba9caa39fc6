/**
 * An invite pass: a secret that the inviter's program adds to the invite link. The server makes the rest of
 * the link and never sees this part, so that knowing the secret proves having the link. The proof is sent
 * inside the note of a request, which is sealed for the inviter.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { IDENTITY_KEY_BYTES, INVITE_PASS_BYTES } from "../limits.ts";
import type { Username } from "../names.ts";

export interface InvitePass {
  /** The person who gives the invite away, and knows the secret. */
  readonly by: Username;
  /** INVITE_PASS_BYTES */
  readonly secret: Uint8Array;
}

/** The statement that the proof covers. For another server, newcomer or inviter the proof is invalid. */
export interface PassClaim {
  /** The fingerprint of the server's CA, CA_FINGERPRINT_BYTES. */
  readonly server: Uint8Array;
  /** Identity keys, 32 bytes each. */
  readonly newcomer: Uint8Array;
  readonly inviter: Uint8Array;
}

const LABEL = "parley/1 invite pass\0";

/** Returns a fresh secret of INVITE_PASS_BYTES. */
export function newPassSecret(): Uint8Array {
  return new Uint8Array(randomBytes(INVITE_PASS_BYTES));
}

/**
 * Returns HMAC-SHA256 (RFC 2104) under the secret over label | server | newcomer | inviter: PASS_PROOF_BYTES.
 */
export function provePass(secret: Uint8Array, { server, newcomer, inviter }: PassClaim): Uint8Array {
  if (newcomer.length !== IDENTITY_KEY_BYTES || inviter.length !== IDENTITY_KEY_BYTES)
    throw new RangeError("An identity key has 32 bytes");
  return new Uint8Array(
    createHmac("sha256", secret).update(LABEL).update(server).update(newcomer).update(inviter).digest(),
  );
}

/**
 * Returns whether a proof was made with that secret for that claim, in constant time.
 * @param proof foreign, PASS_PROOF_BYTES
 */
export function passProves(secret: Uint8Array, claim: PassClaim, proof: Uint8Array): boolean {
  const expected = provePass(secret, claim);
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}
