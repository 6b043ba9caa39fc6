/** KeyPackages (RFC 9420 §10): made once, published, used for one Add. */
import { MAX_KEY_BYTES, MAX_SIGNATURE_BYTES } from "./bounds.ts";
import { encode, opaque, struct, type TypeOf, uint16 } from "./codec.ts";
import { type Extension, extensions, MLS_10 } from "./extension.ts";
import { refHash, signWithLabel, verifyWithLabel } from "./labels.ts";
import { type LeafContent, type Lifetime, leafNode, signLeafNode } from "./leaf-node.ts";
import type { CipherSuite } from "./suite.ts";

const fields = {
  version: uint16,
  cipherSuite: uint16,
  initKey: opaque(MAX_KEY_BYTES),
  leafNode,
  extensions,
};
export const keyPackage = struct({ ...fields, signature: opaque(MAX_SIGNATURE_BYTES) });
export type KeyPackage = TypeOf<typeof keyPackage>;
const keyPackageTbs = struct(fields);

/** The secrets that the owner of a KeyPackage keeps until it is used. */
interface KeyPackageSecrets {
  readonly initPrivateKey: Uint8Array;
  readonly encryptionPrivateKey: Uint8Array;
  readonly signaturePrivateKey: Uint8Array;
}
export interface OwnKeyPackage extends KeyPackageSecrets {
  readonly keyPackage: KeyPackage;
}

/**
 * Creates a KeyPackage.
 * @param signaturePrivateKey kept; belongs to the content's signatureKey
 */
export function createKeyPackage(
  suite: CipherSuite,
  content: LeafContent,
  signaturePrivateKey: Uint8Array,
  lifetime: Lifetime,
  packageExtensions: readonly Extension[] = [],
): OwnKeyPackage {
  const init = suite.hpke.kem.generateKeyPair();
  const encryption = suite.hpke.kem.generateKeyPair();
  const leaf = {
    ...content,
    encryptionKey: encryption.publicKey,
    source: { type: "key_package", lifetime },
  } as const;
  const tbs = {
    version: MLS_10,
    cipherSuite: suite.number,
    initKey: init.publicKey,
    leafNode: signLeafNode(suite, signaturePrivateKey, leaf, undefined),
    extensions: packageExtensions,
  };
  const bytes = encode(keyPackageTbs, tbs);
  return {
    keyPackage: { ...tbs, signature: signWithLabel(suite, signaturePrivateKey, "KeyPackageTBS", bytes) },
    initPrivateKey: init.privateKey,
    encryptionPrivateKey: encryption.privateKey,
    signaturePrivateKey,
  };
}

/**
 * Verifies a KeyPackage's signature (§10.1).
 * @throws VerificationError
 */
export function verifyKeyPackageSignature(suite: CipherSuite, given: KeyPackage): void {
  const key = given.leafNode.signatureKey;
  verifyWithLabel(suite, key, "KeyPackageTBS", encode(keyPackageTbs, given), given.signature);
}

/** MakeKeyPackageRef (§5.2) */
export function keyPackageRef(suite: CipherSuite, given: KeyPackage): Uint8Array {
  return refHash(suite, "MLS 1.0 KeyPackage Reference", encode(keyPackage, given));
}
