/**
 * The secret tree (RFC 9420 §9): a leaf's two ratchets are derived from a node secret at its first message,
 * and that secret is then used up. Values are immutable; `spent` has the secrets that an operation used up,
 * which the caller overwrites once the next value is stored.
 */
import { MAX_FORWARD_STEPS, MAX_SKIPPED_KEYS } from "./bounds.ts";
import { ascii, EMPTY, wipe } from "./bytes.ts";
import { UnavailableError, UsageError, ValidationError } from "./errors.ts";
import { deriveTreeSecret, expandWithLabel } from "./labels.ts";
import type { CipherSuite } from "./suite.ts";
import {
  directPath,
  isBelow,
  type LeafIndex,
  left,
  type NodeIndex,
  nodeOf,
  nodeWidth,
  right,
  root,
} from "./tree-math.ts";

export type RatchetKind = "handshake" | "application";
export const RATCHET_KINDS: readonly RatchetKind[] = ["handshake", "application"];

export interface SkippedKey {
  readonly generation: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}
export interface Ratchet {
  /** The next generation, uint32, to which `secret` belongs. */
  readonly generation: number;
  readonly secret: Uint8Array;
  /** Generations that have not arrived, in ascending order; the last MAX_SKIPPED_KEYS. */
  readonly skipped: readonly SkippedKey[];
}
interface Ratchets {
  /** Absent once the epoch is over, when only application data may arrive late. */
  readonly handshake: Ratchet | undefined;
  readonly application: Ratchet;
}

export interface SecretTree {
  readonly leafCount: number;
  /** Secrets by node from which nothing was derived yet. */
  readonly secrets: readonly (Uint8Array | undefined)[];
  /** Ratchets by leaf, for leaves that have sent. */
  readonly ratchets: readonly (Ratchets | undefined)[];
}

/**
 * Makes an epoch's secret tree.
 * @param encryptionSecret kept
 */
export function secretTree(leafCount: number, encryptionSecret: Uint8Array): SecretTree {
  const secrets = new Array<Uint8Array | undefined>(nodeWidth(leafCount)).fill(undefined);
  secrets[root(leafCount)] = encryptionSecret;
  return { leafCount, secrets, ratchets: new Array<Ratchets | undefined>(leafCount).fill(undefined) };
}

/** A message's key and nonce, for one use: copies, which the caller overwrites. */
export interface MessageKey {
  readonly tree: SecretTree;
  readonly generation: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly spent: readonly Uint8Array[];
}

/** Takes the key of the next generation, for sealing. */
export function nextKey(
  suite: CipherSuite,
  tree: SecretTree,
  leaf: LeafIndex,
  kind: RatchetKind,
): MessageKey {
  const opened = withRatchets(suite, tree, leaf);
  const ratchet = ratchetOf(opened.ratchets, kind);
  if (ratchet.generation > 0xffff_ffff) throw new UsageError("§9.1", "The ratchet has no generation left");
  const { key, nonce, secret } = step(suite, ratchet);
  const next = { ...ratchet, generation: ratchet.generation + 1, secret };
  return {
    tree: withRatchet(opened.tree, leaf, { ...opened.ratchets, [kind]: next }),
    generation: ratchet.generation,
    key,
    nonce,
    spent: [...opened.spent, ratchet.secret],
  };
}

/**
 * Finds the key of a generation that a peer names.
 * @throws UnavailableError if it was used, or is more than MAX_FORWARD_STEPS ahead or MAX_SKIPPED_KEYS behind
 */
export function keyOf(
  suite: CipherSuite,
  tree: SecretTree,
  leaf: LeafIndex,
  kind: RatchetKind,
  generation: number,
): MessageKey {
  const opened = withRatchets(suite, tree, leaf);
  const ratchet = ratchetOf(opened.ratchets, kind);
  const put = (next: Ratchet) => withRatchet(opened.tree, leaf, { ...opened.ratchets, [kind]: next });
  if (generation < ratchet.generation) {
    const found = ratchet.skipped.find((one) => one.generation === generation);
    if (found === undefined) throw new UnavailableError("§9.2", "generation-used");
    const skipped = ratchet.skipped.filter((one) => one !== found);
    const { key, nonce } = found;
    return {
      tree: put({ ...ratchet, skipped }),
      generation,
      // Copied, because the given tree keeps its key: if the next tree is not stored, the message is opened
      // again.
      key: key.slice(),
      nonce: nonce.slice(),
      spent: [...opened.spent, key, nonce],
    };
  }
  if (generation - ratchet.generation > MAX_FORWARD_STEPS)
    throw new UnavailableError("§9.2", "generation-ahead");
  const isRecent = (one: { generation: number }) => one.generation >= generation - MAX_SKIPPED_KEYS;
  const skipped = [...ratchet.skipped];
  let { secret } = ratchet;
  for (let at = ratchet.generation; ; at++) {
    const wanted = isRecent({ generation: at });
    const next = step(suite, { generation: at, secret }, wanted);
    if (secret !== ratchet.secret) wipe(secret);
    secret = next.secret;
    if (at === generation) {
      const [kept, dropped] = [skipped.filter(isRecent), skipped.filter((one) => !isRecent(one))];
      return {
        tree: put({ generation: at + 1, secret, skipped: kept }),
        generation,
        key: next.key,
        nonce: next.nonce,
        spent: [...opened.spent, ratchet.secret, ...dropped.flatMap(({ key, nonce }) => [key, nonce])],
      };
    }
    if (wanted) skipped.push({ generation: at, key: next.key, nonce: next.nonce });
  }
}

/**
 * Advances a ratchet by one generation; overwrites nothing.
 * @param withKey whether to derive key and nonce
 */
function step(suite: CipherSuite, ratchet: Pick<Ratchet, "generation" | "secret">, withKey = true) {
  const derive = (label: string, length: number) =>
    deriveTreeSecret(suite, ratchet.secret, label, ratchet.generation, length);
  return {
    nonce: withKey ? derive("nonce", suite.aead.nonceBytes) : EMPTY,
    key: withKey ? derive("key", suite.aead.keyBytes) : EMPTY,
    secret: derive("secret", suite.kdf.bytes),
  };
}

/** Returns the leaf's ratchets, derived from the nearest secret above if it has none yet. */
function withRatchets(suite: CipherSuite, tree: SecretTree, leaf: LeafIndex) {
  const known = tree.ratchets[leaf];
  if (known !== undefined) return { tree, ratchets: known, spent: [] };
  if (leaf >= tree.leafCount) throw new ValidationError("§6.3.2", "The sender has no leaf in this epoch");
  const target = nodeOf(leaf);
  const top = [target, ...directPath(target, tree.leafCount)].find((x) => tree.secrets[x] !== undefined);
  const start = top === undefined ? undefined : tree.secrets[top];
  if (top === undefined || start === undefined) throw new UsageError("§9", "The secret tree lacks a leaf");
  const { bytes } = suite.kdf;
  const expand = (secret: Uint8Array, label: string, context: Uint8Array) =>
    expandWithLabel(suite, secret, label, context, bytes);
  const secrets = [...tree.secrets];
  secrets[top] = undefined;
  let secret = start;
  for (let x: NodeIndex = top; x !== target; ) {
    const [l, r] = [expand(secret, "tree", LEFT), expand(secret, "tree", RIGHT)];
    if (secret !== start) wipe(secret);
    const goLeft = isBelow(target, left(x));
    secrets[goLeft ? right(x) : left(x)] = goLeft ? r : l;
    secret = goLeft ? l : r;
    x = goLeft ? left(x) : right(x);
  }
  const begin = (kind: RatchetKind): Ratchet => ({
    generation: 0,
    secret: expand(secret, kind, EMPTY),
    skipped: [],
  });
  const ratchets = { handshake: begin("handshake"), application: begin("application") };
  if (secret !== start) wipe(secret);
  const next = withRatchet({ ...tree, secrets }, leaf, ratchets);
  return { tree: next, ratchets, spent: [start] };
}

function ratchetOf(ratchets: Ratchets, kind: RatchetKind): Ratchet {
  const ratchet = ratchets[kind];
  if (ratchet === undefined) throw new UnavailableError("§9.2", "generation-used");
  return ratchet;
}

/**
 * Returns the secrets of a past epoch that late messages still need: the other members' ratchets for
 * application data, and for a member that has not sent, the secret above. Our own ratchets and those for
 * handshakes are dropped.
 */
export function endEpoch(
  suite: CipherSuite,
  tree: SecretTree,
  own: LeafIndex,
): { readonly tree: SecretTree; readonly spent: readonly Uint8Array[] } {
  const opened = withRatchets(suite, tree, own);
  const ratchets = opened.tree.ratchets.map((pair, leaf) =>
    leaf === own || pair === undefined ? undefined : { ...pair, handshake: undefined },
  );
  const kept = { ...opened.tree, ratchets };
  const held = new Set(secretsIn(kept));
  return { tree: kept, spent: secretsIn(tree).filter((secret) => !held.has(secret)) };
}

const LEFT = ascii("left");
const RIGHT = ascii("right");

function withRatchet(tree: SecretTree, leaf: LeafIndex, next: Ratchets): SecretTree {
  const ratchets = [...tree.ratchets];
  ratchets[leaf] = next;
  return { ...tree, ratchets };
}

/** Returns every secret in a tree, to overwrite when the epoch is over. */
export function secretsIn(tree: SecretTree): Uint8Array[] {
  const nodes = tree.secrets.filter((secret) => secret !== undefined);
  const ratchets = tree.ratchets.flatMap((pair) =>
    pair === undefined
      ? []
      : [...(pair.handshake ? [pair.handshake] : []), pair.application].flatMap(({ secret, skipped }) => [
          secret,
          ...skipped.flatMap(({ key, nonce }) => [key, nonce]),
        ]),
  );
  return [...nodes, ...ratchets];
}
