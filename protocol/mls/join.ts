/** Joining by a Welcome (RFC 9420 §12.4.3.1). */
import { EMPTY, equal, wipe } from "./bytes.ts";
import { decode, encode } from "./codec.ts";
import { ValidationError } from "./errors.ts";
import type { Group } from "./group.ts";
import { contextBytes } from "./group-context.ts";
import { openGroupInfo } from "./group-info.ts";
import { keyPackageRef, type OwnKeyPackage } from "./key-package.ts";
import { epochSecrets, welcomeKey, welcomeSecret } from "./key-schedule.ts";
import { decryptWithLabel } from "./labels.ts";
import { leafNode } from "./leaf-node.ts";
import { requireLifetime } from "./leaf-validation.ts";
import { decodeAs } from "./message.ts";
import { pskSecretOf } from "./next-epoch.ts";
import { type Policy, requireAccepted } from "./policy.ts";
import type { PreSharedKeyId } from "./psk.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { secretTree } from "./secret-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { confirmationTag, interimTranscriptHash, verifyConfirmationTag } from "./transcript-hash.ts";
import { keysAbove, type PrivateKeys } from "./tree-kem.ts";
import { commonAncestor, type LeafIndex, nodeOf } from "./tree-math.ts";
import { validateTree } from "./tree-validation.ts";
import { type GroupInfo, groupInfo, groupSecrets, type Welcome } from "./welcome-message.ts";

/**
 * Joins by a Welcome.
 * @param bytes MLSMessage(Welcome), foreign
 * @param own the KeyPackage that was used, of `suite`; kept. The caller makes sure that it is used once and
 * that the group is new
 * @param elsewhere the tree, where the Welcome does not include it
 * @throws CodecError, ValidationError, RefusedError, VerificationError
 */
export function joinByWelcome(
  suite: CipherSuite,
  bytes: Uint8Array,
  own: OwnKeyPackage,
  policy: Policy,
  elsewhere?: RatchetTree,
): Group {
  const { welcome } = decodeAs("mls_welcome", bytes);
  if (welcome.cipherSuite !== suite.number || own.keyPackage.cipherSuite !== suite.number)
    throw new ValidationError("§12.4.3.1", "A Welcome of another suite than the KeyPackage");
  const secrets = openGroupSecrets(suite, welcome, own);
  requirePsks(secrets.psks);
  const psk = pskSecretOf(suite, undefined, secrets.psks, policy);
  const info = openWelcomeInfo(suite, welcome, secrets.joinerSecret, psk);
  const { groupContext: context } = info;
  const tree = openGroupInfo(suite, info, elsewhere);
  requireFirstEpoch(secrets.psks, context.epoch);
  validateTree(suite, tree, context);
  for (const [, leaf] of tree.members()) requireLifetime(leaf, policy.now, policy.longestLifetime);
  const ownLeaf = findOwnLeaf(tree, own);
  requireAccepted(
    policy.judgeGroup?.({ context, tree, signer: info.signer, infoExtensions: info.extensions }),
  );
  const above =
    secrets.pathSecret && pathKeys(suite, tree, ownLeaf, info.signer, secrets.pathSecret.pathSecret);
  const epoch = epochSecrets(suite, secrets.joinerSecret, psk, contextBytes(context));
  wipe(secrets.joinerSecret, psk);
  const { encryptionSecret, ...rest } = epoch;
  const { confirmedTranscriptHash } = context;
  const tag = confirmationTag(suite, rest.confirmationKey, confirmedTranscriptHash);
  verifyConfirmationTag(tag, info.confirmationTag);
  return {
    suite,
    context,
    tree,
    ownLeaf,
    signaturePrivateKey: own.signaturePrivateKey,
    privateKeys: new Map([[nodeOf(ownLeaf), own.encryptionPrivateKey], ...(above ?? [])]),
    confirmationTag: info.confirmationTag,
    interimTranscriptHash: interimTranscriptHash(suite, confirmedTranscriptHash, info.confirmationTag),
    secrets: rest,
    secretTree: secretTree(tree.leafCount, encryptionSecret),
    proposals: new Map(),
    past: [],
    reinit: undefined,
  };
}

function openGroupSecrets(suite: CipherSuite, welcome: Welcome, own: OwnKeyPackage) {
  const reference = keyPackageRef(suite, own.keyPackage);
  const entry = welcome.secrets.find(({ newMember }) => equal(newMember, reference));
  if (entry === undefined) throw new ValidationError("§12.4.3.1", "A Welcome for other KeyPackages");
  const sealed = entry.encryptedGroupSecrets;
  const context = welcome.encryptedGroupInfo;
  const plaintext = decryptWithLabel(suite, own.initPrivateKey, "Welcome", context, sealed);
  const secrets = decode(groupSecrets, plaintext);
  wipe(plaintext);
  return secrets;
}

function openWelcomeInfo(
  suite: CipherSuite,
  welcome: Welcome,
  joiner: Uint8Array,
  psk: Uint8Array,
): GroupInfo {
  const { key, nonce } = welcomeKey(suite, welcomeSecret(suite, joiner, psk));
  const plaintext = suite.aead.open(key, nonce, EMPTY, welcome.encryptedGroupInfo);
  wipe(key, nonce);
  return decode(groupInfo, plaintext);
}

const makesGroups = ({ psk }: PreSharedKeyId): boolean =>
  psk.type === "resumption" && psk.usage !== "application";

/** Checks §12.4.3.1: at most one PSK names the group's origin. */
function requirePsks(psks: readonly PreSharedKeyId[]): void {
  if (psks.filter(makesGroups).length > 1)
    throw new ValidationError("§12.4.3.1", "A Welcome has two PSKs for reinitialisation or branching");
}

/** Checks §12.4.3.1. The caller's policy decides whether the group fits its origin. */
function requireFirstEpoch(psks: readonly PreSharedKeyId[], epoch: bigint): void {
  if (psks.some(makesGroups) && epoch !== 1n)
    throw new ValidationError("§12.4.3.1", "A reinitialised or branched group that is not in epoch 1");
}

function findOwnLeaf(tree: RatchetTree, own: OwnKeyPackage): LeafIndex {
  const ours = encode(leafNode, own.keyPackage.leafNode);
  for (const [leaf, node] of tree.members())
    if (equal(node.signatureKey, own.keyPackage.leafNode.signatureKey) && equal(encode(leafNode, node), ours))
      return leaf;
  throw new ValidationError("§12.4.3.1", "The KeyPackage's leaf is not in the tree");
}

/**
 * Derives the private keys from the lowest common ancestor of joiner and signer up, and compares each with
 * the tree's.
 */
function pathKeys(
  suite: CipherSuite,
  tree: RatchetTree,
  own: LeafIndex,
  signer: LeafIndex,
  pathSecret: Uint8Array,
): PrivateKeys {
  const ancestor = commonAncestor(own, signer);
  if (own === signer || tree.parent(ancestor) === undefined)
    throw new ValidationError("§12.4.3.1", "A path secret for a blank node");
  const path = tree.directPath(own);
  const nodes = path.slice(path.indexOf(ancestor)).flatMap((x) => {
    const key = tree.parent(x)?.encryptionKey;
    return key === undefined ? [] : [[x, key] as const];
  });
  const { privateKeys, commitSecret } = keysAbove(suite, pathSecret, nodes);
  wipe(commitSecret);
  return privateKeys;
}
