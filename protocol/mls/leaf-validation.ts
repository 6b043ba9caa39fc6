/**
 * The validity rules of leaf nodes and KeyPackages, one function per rule (RFC 9420 §7.3, §10.1). Each throws
 * ValidationError or VerificationError.
 */
import { equal, keyText } from "./bytes.ts";
import { ValidationError } from "./errors.ts";
import { CREDENTIAL_TYPES, type Extension, MLS_10, supportsExtension, supportsGroup } from "./extension.ts";
import { type KeyPackage, verifyKeyPackageSignature } from "./key-package.ts";
import { type LeafNode, type LeafPlace, type Lifetime, verifyLeafSignature } from "./leaf-node.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";

/** Checks a leaf by itself: everything of §7.3 that needs neither the other members nor a clock. */
export function validateLeaf(
  suite: CipherSuite,
  leaf: LeafNode,
  place: LeafPlace | undefined,
  context: readonly Extension[],
): void {
  requireSuite(suite, leaf);
  requireOwnTypes(leaf);
  requireGroupSupport(leaf, context);
  requireHpkeKey(suite, leaf.encryptionKey);
  verifyLeafSignature(suite, leaf, place);
}

/**
 * Checks §10.1, except for the clock.
 * @param context the group's extensions
 */
export function validateKeyPackage(
  suite: CipherSuite,
  given: KeyPackage,
  context: readonly Extension[],
): void {
  if (given.version !== MLS_10 || given.cipherSuite !== suite.number)
    throw new ValidationError("§10.1", "A KeyPackage for another version or suite");
  requireSource(given.leafNode, "key_package");
  validateLeaf(suite, given.leafNode, undefined, context);
  requireHpkeKey(suite, given.initKey);
  if (equal(given.initKey, given.leafNode.encryptionKey))
    throw new ValidationError("§10.1", "init_key and encryption_key are the same");
  const can = given.leafNode.capabilities;
  if (!given.extensions.every(({ type }) => supportsExtension(can, type)))
    throw new ValidationError("§10", "A KeyPackage has an extension that its capabilities do not list");
  verifyKeyPackageSignature(suite, given);
}

/** Checks §11.1: every member supports the version and the suite. */
function requireSuite(suite: CipherSuite, { capabilities }: LeafNode): void {
  if (!capabilities.versions.includes(MLS_10) || !capabilities.cipherSuites.includes(suite.number))
    throw new ValidationError("§11.1", "A leaf does not list the group's version or suite");
}

/** Checks §7.2: its own extensions and credential type are among its capabilities. */
function requireOwnTypes({ capabilities, extensions, credential }: LeafNode): void {
  if (!extensions.every(({ type }) => supportsExtension(capabilities, type)))
    throw new ValidationError("§7.3", "A leaf has an extension that its capabilities do not list");
  if (!capabilities.credentials.includes(CREDENTIAL_TYPES[credential.type]))
    throw new ValidationError("§7.2", "A leaf has a credential type that its capabilities do not list");
}

/** Checks §7.3, §13.4: required_capabilities, and every extension of the GroupContext. */
function requireGroupSupport({ capabilities }: LeafNode, context: readonly Extension[]): void {
  if (!supportsGroup(capabilities, context))
    throw new ValidationError("§7.3", "A leaf does not support what the group requires");
}

/** Checks §5.1.1: a key that nobody can encrypt to would block every member who has to. */
export function requireHpkeKey(suite: CipherSuite, key: Uint8Array): void {
  if (!suite.hpke.kem.isPublicKey(key)) throw new ValidationError("§5.1.1", "Not an HPKE public key");
}

/** Checks a leaf's source (§7.3). */
export function requireSource(leaf: LeafNode, source: LeafNode["source"]["type"]): void {
  if (leaf.source.type !== source)
    throw new ValidationError("§7.3", `A leaf made for ${leaf.source.type} where ${source} belongs`);
}

/**
 * Checks a leaf's lifetime (§7.2, §7.3).
 * @param now seconds since 1970.
 * @param longest seconds that a lifetime may span
 */
export function requireLifetime(leaf: LeafNode, now: number | undefined, longest: number | undefined): void {
  if (leaf.source.type !== "key_package") return;
  const { notBefore, notAfter }: Lifetime = leaf.source.lifetime;
  if (notBefore > notAfter || (longest !== undefined && notAfter - notBefore > BigInt(longest)))
    throw new ValidationError(
      "§7.2",
      "A leaf's lifetime is longer than is allowed, or ends before it begins",
    );
  if (now === undefined) return;
  const second = BigInt(Math.floor(now));
  if (second < notBefore || second > notAfter)
    throw new ValidationError("§7.3", "A leaf's lifetime is over or has not begun");
}

/** Checks §7.3: a leaf that replaces another has a new encryption key. */
export function requireNewKey(before: LeafNode, after: LeafNode): void {
  if (equal(before.encryptionKey, after.encryptionKey))
    throw new ValidationError("§7.3", "A leaf was replaced without a new encryption key");
}

/** Checks §7.3: every member supports every credential type in use. */
export function requireCredentialSupport(tree: RatchetTree): void {
  const inUse = new Set([...tree.members()].map(([, { credential }]) => CREDENTIAL_TYPES[credential.type]));
  for (const [, { capabilities }] of tree.members())
    for (const type of inUse)
      if (!capabilities.credentials.includes(type))
        throw new ValidationError("§7.3", "A member does not support a credential type that is in use");
}

/** Checks §7.3, §12.4.3.1: signature keys are unique among members, and encryption keys among all nodes. */
export function requireUniqueKeys(tree: RatchetTree): void {
  const signing = new Set<string>();
  const encryption = new Set<string>();
  for (const [, leaf] of tree.members()) {
    requireNew(signing, leaf.signatureKey, "A signature key");
    requireNew(encryption, leaf.encryptionKey, "An encryption key");
  }
  for (const [, node] of tree.parents()) requireNew(encryption, node.encryptionKey, "An encryption key");
}

function requireNew(seen: Set<string>, key: Uint8Array, what: string): void {
  const text = keyText(key);
  if (seen.has(text)) throw new ValidationError("§7.3", `${what} stands twice in the tree`);
  seen.add(text);
}
