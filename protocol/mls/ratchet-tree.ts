/**
 * The ratchet tree (RFC 9420 §4.1, §7.1, §7.7). Values are immutable: edit() returns the next tree, which
 * shares with the previous one every unchanged node and every tree hash of an unchanged subtree.
 */
import { MAX_HASH_BYTES, MAX_KEY_BYTES, MAX_LEAVES } from "./bounds.ts";
import { opaque, refine, struct, type TypeOf, vector } from "./codec.ts";
import { CodecError, ValidationError } from "./errors.ts";
import type { LeafNode } from "./leaf-node.ts";
import { leafNumber } from "./proposal.ts";
import {
  directPath,
  isBelow,
  type LeafIndex,
  leafIndex,
  leafOf,
  left,
  type NodeIndex,
  nodeIndex,
  nodeOf,
  nodeWidth,
  right,
  root,
  sibling,
} from "./tree-math.ts";

/** §7.1: in ascending order, so each at most once. */
const unmergedLeaves = refine(vector(leafNumber, MAX_LEAVES), (leaves) => {
  if (leaves.some((leaf, i) => leaf <= (leaves[i - 1] ?? -1)))
    throw new CodecError("§7.1", "Unmerged leaves are not in increasing order");
  return leaves;
});
export const parentNode = struct({
  encryptionKey: opaque(MAX_KEY_BYTES),
  parentHash: opaque(MAX_HASH_BYTES),
  unmergedLeaves,
});
export type ParentNode = TypeOf<typeof parentNode>;

/** A node of a filtered direct path (§4.1.2), and its child off the path. */
export interface PathStep {
  readonly node: NodeIndex;
  readonly copath: NodeIndex;
}

type Nodes<T> = (T | undefined)[];
/** The changes that edit() allows. */
export interface TreeDraft {
  setLeaf(leaf: LeafIndex, value: LeafNode | undefined): void;
  setParent(x: NodeIndex, value: ParentNode | undefined): void;
  /** Blanks every node above a leaf. */
  blankPath(leaf: LeafIndex): void;
  /**
   * Adds at the leftmost blank leaf, unmerged in every node above (§12.1.1).
   * @throws ValidationError at MAX_LEAVES
   */
  add(value: LeafNode): LeafIndex;
  /**
   * Returns the leftmost blank leaf; extends the tree if it is full.
   * @throws ValidationError at MAX_LEAVES
   */
  freeLeaf(): LeafIndex;
  /** Halves the tree while its right half is blank (§7.7). */
  truncate(): void;
}

export class RatchetTree {
  #leafCount: number;
  readonly #leaves: Nodes<LeafNode>;
  /** Indexed by half the node's index. */
  readonly #parents: Nodes<ParentNode>;
  /** Tree hashes by node that have been computed so far, by tree-hash.ts. */
  readonly hashes: Nodes<Uint8Array>;
  #signatureKeys: readonly (Uint8Array | undefined)[] | undefined;

  private constructor(leaves: Nodes<LeafNode>, parents: Nodes<ParentNode>, hashes: Nodes<Uint8Array>) {
    this.#leafCount = leaves.length;
    this.#leaves = leaves;
    this.#parents = parents;
    this.hashes = hashes;
  }

  static of(creator: LeafNode): RatchetTree {
    return new RatchetTree([creator], [], [undefined]);
  }

  /**
   * Makes a tree of blank nodes.
   * @param leafCount a power of two
   */
  static blank(leafCount: number): RatchetTree {
    const blank = <T>(length: number): Nodes<T> => new Array<T | undefined>(length).fill(undefined);
    return new RatchetTree(blank(leafCount), blank(leafCount - 1), blank(nodeWidth(leafCount)));
  }

  /** A power of two. */
  get leafCount(): number {
    return this.#leafCount;
  }
  get width(): number {
    return nodeWidth(this.#leafCount);
  }
  get root(): NodeIndex {
    return root(this.#leafCount);
  }

  leaf(leaf: LeafIndex): LeafNode | undefined {
    return this.#leaves[leaf];
  }

  /**
   * Returns a parent, or undefined if it is blank.
   * @param x a parent's index
   */
  parent(x: NodeIndex): ParentNode | undefined {
    return this.#parents[x >> 1];
  }

  /** Returns the node at x, or undefined where it is blank. */
  node(x: NodeIndex): LeafNode | ParentNode | undefined {
    const leaf = leafOf(x);
    return leaf === undefined ? this.parent(x) : this.leaf(leaf);
  }

  /** The members, from left to right. */
  *members(): Generator<readonly [LeafIndex, LeafNode]> {
    for (const [i, leaf] of this.#leaves.entries()) if (leaf !== undefined) yield [leafIndex(i), leaf];
  }

  /** The parents that are not blank, from left to right. */
  *parents(): Generator<readonly [NodeIndex, ParentNode]> {
    for (const [i, node] of this.#parents.entries())
      if (node !== undefined) yield [nodeIndex(2 * i + 1), node];
  }

  /** Signature keys by leaf, computed once. */
  get signatureKeys(): readonly (Uint8Array | undefined)[] {
    this.#signatureKeys ??= this.#leaves.map((leaf) => leaf?.signatureKey);
    return this.#signatureKeys;
  }

  directPath(leaf: LeafIndex): NodeIndex[] {
    return directPath(nodeOf(leaf), this.#leafCount);
  }

  /**
   * Returns the filtered direct path (§4.1.2), from the leaf upwards: the nodes whose child off the path has
   * a non-empty resolution.
   */
  filteredDirectPath(leaf: LeafIndex): PathStep[] {
    const steps: PathStep[] = [];
    let below = nodeOf(leaf);
    for (const node of this.directPath(leaf)) {
      const copath = sibling(below);
      if (this.resolution(copath).length > 0) steps.push({ node, copath });
      below = node;
    }
    return steps;
  }

  /** Returns a node's resolution (§4.1.1). */
  resolution(x: NodeIndex): NodeIndex[] {
    const found: NodeIndex[] = [];
    const waiting = [x];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const leaf = leafOf(at);
      if (leaf !== undefined) {
        if (this.leaf(leaf) !== undefined) found.push(at);
        continue;
      }
      const parent = this.parent(at);
      if (parent === undefined) waiting.push(right(at), left(at));
      else found.push(at, ...parent.unmergedLeaves.map(nodeOf));
    }
    return found;
  }

  /** Returns the tree with the changes that `change` makes; this one is unchanged. */
  edit(change: (draft: TreeDraft) => void): RatchetTree {
    const next = new RatchetTree([...this.#leaves], [...this.#parents], [...this.hashes]);
    change({
      setLeaf: (leaf, value) => next.#setLeaf(leaf, value),
      setParent: (x, value) => next.#setParent(x, value),
      blankPath(leaf) {
        for (const x of next.directPath(leaf)) next.#setParent(x, undefined);
      },
      add: (value) => next.#add(value),
      freeLeaf: () => next.#freeLeaf(),
      truncate: () => next.#truncate(),
    });
    return next;
  }

  #setLeaf(leaf: LeafIndex, value: LeafNode | undefined): void {
    this.#leaves[leaf] = value;
    this.#forgetHashes(nodeOf(leaf));
  }

  #setParent(x: NodeIndex, value: ParentNode | undefined): void {
    if (this.#parents[x >> 1] === value) return;
    this.#parents[x >> 1] = value;
    this.#forgetHashes(x);
  }

  #forgetHashes(x: NodeIndex): void {
    this.hashes[x] = undefined;
    for (const above of directPath(x, this.#leafCount)) this.hashes[above] = undefined;
  }

  #add(value: LeafNode): LeafIndex {
    const leaf = this.#freeLeaf();
    this.#setLeaf(leaf, value);
    for (const x of this.directPath(leaf)) {
      const parent = this.parent(x);
      if (parent === undefined) continue;
      const unmerged = [...parent.unmergedLeaves, leaf].sort((a, b) => a - b);
      this.#setParent(x, { ...parent, unmergedLeaves: unmerged });
    }
    return leaf;
  }

  #freeLeaf(): LeafIndex {
    const free = this.#leaves.indexOf(undefined);
    if (free >= 0) return leafIndex(free);
    const leaf = leafIndex(this.#leafCount);
    if (this.#leafCount >= MAX_LEAVES)
      throw new ValidationError("§7.7", `A group has at most ${MAX_LEAVES} leaves`);
    this.#resize(this.#leafCount * 2);
    return leaf;
  }

  #truncate(): void {
    let last = this.#leaves.length - 1;
    while (last > 0 && this.#leaves[last] === undefined) last--;
    let leaves = this.#leafCount;
    while (leaves > 1 && last < leaves / 2) leaves /= 2;
    if (leaves < this.#leafCount) this.#resize(leaves);
  }

  #resize(leafCount: number): void {
    const [from, to] = [this.#leafCount, leafCount];
    const fill = <T>(nodes: Nodes<T>, length: number) => {
      const old = nodes.length;
      nodes.length = length;
      if (length > old) nodes.fill(undefined, old);
    };
    fill(this.#leaves, to);
    fill(this.#parents, to - 1);
    fill(this.hashes, nodeWidth(to));
    this.#leafCount = to;
    if (to > from) this.hashes[root(to)] = undefined;
  }
}

/** Returns the nodes whose value differs in `after`, including blank and removed ones. */
export function changedNodes(before: RatchetTree | undefined, after: RatchetTree): NodeIndex[] {
  const width = Math.max(before?.width ?? 0, after.width);
  const changed: NodeIndex[] = [];
  for (let i = 0; i < width; i++) {
    const x = nodeIndex(i);
    if (before?.node(x) !== after.node(x)) changed.push(x);
  }
  return changed;
}

/** Returns whether a leaf is in the subtree of a node. */
export const isUnder = (leaf: LeafIndex, x: NodeIndex): boolean => isBelow(nodeOf(leaf), x);
