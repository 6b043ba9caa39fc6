/** Transcript hashes (RFC 9420 §8.2) and the confirmation tag over them (§6.1). */
import { timingSafeEqual } from "node:crypto";
import { MAX_HASH_BYTES, MAX_SIGNATURE_BYTES } from "./bounds.ts";
import { encode, opaque, struct } from "./codec.ts";
import { VerificationError } from "./errors.ts";
import { type AuthenticatedContent, framedContent, messageFormat } from "./framing.ts";
import type { CipherSuite } from "./suite.ts";

const confirmedInput = struct({
  wireFormat: messageFormat,
  content: framedContent,
  signature: opaque(MAX_SIGNATURE_BYTES),
});
const interimInput = opaque(MAX_HASH_BYTES); // MAC confirmation_tag

/**
 * Computes confirmed_transcript_hash.
 * @param commit its confirmation tag is ignored
 */
export function confirmedTranscriptHash(
  suite: CipherSuite,
  interim: Uint8Array,
  commit: AuthenticatedContent,
): Uint8Array {
  const { signature } = commit.auth;
  return suite.kdf.hash(interim, encode(confirmedInput, { ...commit, signature }));
}

export function interimTranscriptHash(
  suite: CipherSuite,
  confirmed: Uint8Array,
  confirmationTag: Uint8Array,
): Uint8Array {
  return suite.kdf.hash(confirmed, encode(interimInput, confirmationTag));
}

export const confirmationTag = (
  suite: CipherSuite,
  confirmationKey: Uint8Array,
  confirmed: Uint8Array,
): Uint8Array => suite.kdf.mac(confirmationKey, confirmed);

/**
 * Checks the tag.
 * @throws VerificationError: its sender's state differs from ours
 */
export function verifyConfirmationTag(expected: Uint8Array, tag: Uint8Array): void {
  if (expected.length !== tag.length || !timingSafeEqual(expected, tag))
    throw new VerificationError("§6.1", "The confirmation tag does not verify");
}
