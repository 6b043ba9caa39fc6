/**
 * Every derivation, signature, encryption and reference uses one of these functions, with its label (RFC 9420
 * §5.1.2, §5.1.3, §5.2, §8).
 */
import { ascii, EMPTY } from "./bytes.ts";
import { encode, opaque, struct, uint16, uint32 } from "./codec.ts";
import { VerificationError } from "./errors.ts";
import type { HpkeCiphertext } from "./hpke.ts";
import type { CipherSuite } from "./suite.ts";

const labelled = (label: string): Uint8Array => ascii(`MLS 1.0 ${label}`);

const content = struct({ label: opaque(), content: opaque() }); // Alike for SignContent, EncryptContext and RefHashInput.
const kdfLabel = struct({ length: uint16, label: opaque(), context: opaque() });

type SignatureLabel = "FramedContentTBS" | "LeafNodeTBS" | "KeyPackageTBS" | "GroupInfoTBS";
type EncryptionLabel = "UpdatePathNode" | "Welcome";

/** SignWithLabel (§5.1.2). */
export function signWithLabel(
  suite: CipherSuite,
  privateKey: Uint8Array,
  label: SignatureLabel,
  message: Uint8Array,
): Uint8Array {
  return suite.signature.sign(privateKey, encode(content, { label: labelled(label), content: message }));
}

/**
 * VerifyWithLabel (§5.1.2).
 * @throws VerificationError
 */
export function verifyWithLabel(
  suite: CipherSuite,
  publicKey: Uint8Array,
  label: SignatureLabel,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  const signed = encode(content, { label: labelled(label), content: message });
  if (!suite.signature.verify(publicKey, signed, signature))
    throw new VerificationError("§5.1.2", `The signature does not verify: ${label}`);
}

/** EncryptWithLabel (§5.1.3). */
export function encryptWithLabel(
  suite: CipherSuite,
  publicKey: Uint8Array,
  label: EncryptionLabel,
  context: Uint8Array,
  plaintext: Uint8Array,
): HpkeCiphertext {
  return suite.hpke.seal(publicKey, encode(content, { label: labelled(label), content: context }), plaintext);
}

/**
 * DecryptWithLabel (§5.1.3).
 * @throws VerificationError
 */
export function decryptWithLabel(
  suite: CipherSuite,
  privateKey: Uint8Array,
  label: EncryptionLabel,
  context: Uint8Array,
  sealed: HpkeCiphertext,
): Uint8Array {
  return suite.hpke.open(privateKey, encode(content, { label: labelled(label), content: context }), sealed);
}

/** RefHash (§5.2). */
export function refHash(
  suite: CipherSuite,
  label: "MLS 1.0 KeyPackage Reference" | "MLS 1.0 Proposal Reference",
  value: Uint8Array,
): Uint8Array {
  return suite.kdf.hash(encode(content, { label: ascii(label), content: value }));
}

/**
 * ExpandWithLabel (§8).
 * @param length bytes
 */
export function expandWithLabel(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const info = encode(kdfLabel, { length, label: labelled(label), context });
  return suite.kdf.expand(secret, info, length);
}

/**
 * DeriveSecret (§8).
 * @returns KDF.Nh bytes
 */
export function deriveSecret(suite: CipherSuite, secret: Uint8Array, label: string): Uint8Array {
  return expandWithLabel(suite, secret, label, EMPTY, suite.kdf.bytes);
}

/** DeriveTreeSecret (§9.1). */
export function deriveTreeSecret(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  generation: number,
  length: number,
): Uint8Array {
  return expandWithLabel(suite, secret, label, encode(uint32, generation), length);
}

/** Derives an AEAD key and nonce from a secret (§6.3.2, §12.4.3.1). */
export function keyAndNonce(suite: CipherSuite, secret: Uint8Array, context: Uint8Array) {
  return {
    key: expandWithLabel(suite, secret, "key", context, suite.aead.keyBytes),
    nonce: expandWithLabel(suite, secret, "nonce", context, suite.aead.nonceBytes),
  };
}
