/**
 * TreeKEM (RFC 9420 §7.4 to §7.6): a committer generates path secrets and encrypts each to the members on the
 * copath; everybody derives the keys above. Every received private key is compared with the public key in the
 * tree.
 */
import { equal, random, wipe } from "./bytes.ts";
import { ValidationError, VerificationError } from "./errors.ts";
import type { KeyPair } from "./kem.ts";
import { decryptWithLabel, deriveSecret, encryptWithLabel } from "./labels.ts";
import { type LeafContent, signLeafNode } from "./leaf-node.ts";
import { pathParents } from "./parent-hash.ts";
import { isUnder, type PathStep, type RatchetTree } from "./ratchet-tree.ts";
import type { CipherSuite } from "./suite.ts";
import { type LeafIndex, type NodeIndex, nodeOf } from "./tree-math.ts";
import type { UpdatePath } from "./update-path.ts";

/** HPKE private keys by node: of this member's own leaf and of nodes above it. */
export type PrivateKeys = ReadonlyMap<NodeIndex, Uint8Array>;

interface NewPath {
  readonly tree: RatchetTree;
  readonly path: UpdatePath;
  /** Path secrets by node of the filtered direct path. Used for Welcomes and overwritten afterwards. */
  readonly pathSecrets: ReadonlyMap<NodeIndex, Uint8Array>;
  readonly privateKeys: PrivateKeys;
  readonly commitSecret: Uint8Array;
}

/**
 * Creates a path (§7.5, the sender's side).
 * @param tree after the proposals; the sender's leaf may be blank
 * @param added leaves of this commit's Adds, to which nothing is encrypted
 * @param provisional the encoded provisional GroupContext for the resulting tree
 */
export function createPath(
  suite: CipherSuite,
  tree: RatchetTree,
  sender: LeafIndex,
  added: readonly LeafIndex[],
  groupId: Uint8Array,
  content: LeafContent,
  signaturePrivateKey: Uint8Array,
  provisional: (tree: RatchetTree) => Uint8Array,
): NewPath {
  const steps = tree.filteredDirectPath(sender);
  const secrets = pathSecretsFrom(suite, random(suite.kdf.bytes), steps.length);
  const pairs = secrets.slice(0, -1).map((secret) => nodeKeys(suite, secret));
  const keys = pairs.map(({ publicKey }) => publicKey);
  const leafPair = suite.hpke.kem.generateKeyPair();
  const { nodes, leafParentHash } = pathParents(suite, tree, steps, keys);
  const source = { type: "commit", parentHash: leafParentHash } as const;
  const unsigned = { ...content, encryptionKey: leafPair.publicKey, source };
  const leafNode = signLeafNode(suite, signaturePrivateKey, unsigned, { groupId, leaf: sender });
  const next = merge(tree, sender, steps, nodes, leafNode);
  const context = provisional(next);
  const path = {
    leafNode,
    nodes: steps.map((step, i) => ({
      encryptionKey: keys[i] as Uint8Array,
      encryptedPathSecret: recipients(tree, step, added).map((x) =>
        encryptWithLabel(suite, keyAt(tree, x), "UpdatePathNode", context, secrets[i] as Uint8Array),
      ),
    })),
  };
  const above = steps.map(({ node }, i) => [node, (pairs[i] as KeyPair).privateKey] as const);
  return {
    tree: next,
    path,
    pathSecrets: new Map(steps.map(({ node }, i) => [node, secrets[i] as Uint8Array])),
    privateKeys: new Map([[nodeOf(sender), leafPair.privateKey], ...above]),
    commitSecret: secrets[steps.length] as Uint8Array,
  };
}

/**
 * Merges a path (§7.5): the checks that need no secret.
 * @throws ValidationError
 */
export function mergePath(
  suite: CipherSuite,
  tree: RatchetTree,
  sender: LeafIndex,
  added: readonly LeafIndex[],
  path: UpdatePath,
): RatchetTree {
  const steps = tree.filteredDirectPath(sender);
  if (steps.length !== path.nodes.length)
    throw new ValidationError("§7.5", `A path of ${path.nodes.length} nodes where ${steps.length} belong`);
  for (const [i, step] of steps.entries())
    if (path.nodes[i]?.encryptedPathSecret.length !== recipients(tree, step, added).length)
      throw new ValidationError("§7.6", "A path secret is not encrypted to each node of the resolution once");
  const keys = path.nodes.map(({ encryptionKey }) => encryptionKey);
  const { nodes, leafParentHash } = pathParents(suite, tree, steps, keys);
  const { source } = path.leafNode;
  if (source.type !== "commit" || !equal(source.parentHash, leafParentHash))
    throw new ValidationError("§7.9.2", "The committer's leaf has another parent hash than its path");
  return merge(tree, sender, steps, nodes, path.leafNode);
}

/**
 * Decrypts a path (§7.5).
 * @param tree after the proposals, before the path
 * @param privateKeys of the receiver; none is changed
 * @param context the encoded provisional GroupContext
 * @throws VerificationError where the path secret does not open or does not match the path's public keys
 */
export function openPath(
  suite: CipherSuite,
  tree: RatchetTree,
  sender: LeafIndex,
  added: readonly LeafIndex[],
  path: UpdatePath,
  receiver: LeafIndex,
  privateKeys: PrivateKeys,
  context: Uint8Array,
): { readonly privateKeys: PrivateKeys; readonly commitSecret: Uint8Array } {
  const steps = tree.filteredDirectPath(sender);
  const first = steps.findIndex(({ copath }) => isUnder(receiver, copath));
  const step = steps[first];
  if (step === undefined) throw new ValidationError("§7.5", "The path does not reach this leaf");
  const candidates = recipients(tree, step, added);
  const at = candidates.findIndex((x) => privateKeys.has(x));
  const privateKey = privateKeys.get(candidates[at] ?? nodeOf(receiver));
  const sealed = path.nodes[first]?.encryptedPathSecret[at];
  if (privateKey === undefined || sealed === undefined)
    throw new ValidationError("§7.5", "There is no private key for this path");
  const secret = decryptWithLabel(suite, privateKey, "UpdatePathNode", context, sealed);
  return keysAbove(
    suite,
    secret,
    steps.slice(first).map(({ node }, i) => [node, path.nodes[first + i]?.encryptionKey] as const),
  );
}

/**
 * Derives private keys from a path secret upwards.
 * @param secret of the first node; overwritten
 * @param nodes of a filtered direct path, with their public keys
 * @throws VerificationError where they do not match, which is the committer's fault
 */
export function keysAbove(
  suite: CipherSuite,
  secret: Uint8Array,
  nodes: readonly (readonly [NodeIndex, Uint8Array | undefined])[],
): { readonly privateKeys: PrivateKeys; readonly commitSecret: Uint8Array } {
  const secrets = pathSecretsFrom(suite, secret, nodes.length);
  const keys = new Map<NodeIndex, Uint8Array>();
  for (const [i, [node, expected]] of nodes.entries()) {
    const pair = nodeKeys(suite, secrets[i] as Uint8Array);
    if (expected === undefined || !equal(pair.publicKey, expected))
      throw new VerificationError("§7.5", "A path secret does not belong to the public key in the tree");
    keys.set(node, pair.privateKey);
  }
  wipe(...secrets.slice(0, -1));
  return { privateKeys: keys, commitSecret: secrets[nodes.length] as Uint8Array };
}

/** Returns the resolution of a step's copath child, without leaves that the same commit adds (§7.5). */
function recipients(tree: RatchetTree, { copath }: PathStep, added: readonly LeafIndex[]): NodeIndex[] {
  const excluded = new Set(added.map(nodeOf));
  return tree.resolution(copath).filter((x) => !excluded.has(x));
}

function keyAt(tree: RatchetTree, x: NodeIndex): Uint8Array {
  const node = tree.node(x);
  if (node === undefined) throw new RangeError("A resolution has no blank nodes");
  return node.encryptionKey;
}

/** Derives path_secret[0] to path_secret[count] (§7.4), of which the last is the commit secret. */
function pathSecretsFrom(suite: CipherSuite, first: Uint8Array, count: number): Uint8Array[] {
  const secrets = [first];
  for (let i = 0; i < count; i++) secrets.push(deriveSecret(suite, secrets[i] as Uint8Array, "path"));
  return secrets;
}

/** Derives a node's key pair from its path secret (§7.4). */
function nodeKeys(suite: CipherSuite, pathSecret: Uint8Array): KeyPair {
  const nodeSecret = deriveSecret(suite, pathSecret, "node");
  const pair = suite.hpke.kem.deriveKeyPair(nodeSecret);
  wipe(nodeSecret);
  return pair;
}

function merge(
  tree: RatchetTree,
  sender: LeafIndex,
  steps: readonly PathStep[],
  nodes: ReturnType<typeof pathParents>["nodes"],
  leafNode: UpdatePath["leafNode"],
): RatchetTree {
  return tree.edit((draft) => {
    draft.blankPath(sender);
    for (const [i, { node }] of steps.entries()) draft.setParent(node, nodes[i]);
    draft.setLeaf(sender, leafNode);
  });
}
