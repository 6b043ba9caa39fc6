/**
 * Arithmetic on a full binary tree kept as an array (RFC 9420 App. C): leaf L is node 2L, parents have odd
 * numbers. Leaf and node indices are distinct types, since confusing them is the classic mistake. Trees have
 * 2^d leaves (§7.7), at most MAX_LEAVES.
 */
declare const leaf: unique symbol;
declare const node: unique symbol;
export type LeafIndex = number & { readonly [leaf]: true };
export type NodeIndex = number & { readonly [node]: true };

export const leafIndex = (index: number): LeafIndex => index as LeafIndex;
export const nodeIndex = (index: number): NodeIndex => index as NodeIndex;
export const nodeOf = (index: LeafIndex): NodeIndex => nodeIndex(index * 2);

/** Returns the leaf at a node, or undefined for a parent. */
export const leafOf = (x: NodeIndex): LeafIndex | undefined => (x % 2 === 0 ? leafIndex(x / 2) : undefined);

/** Returns the number of nodes in a tree of so many leaves. */
export const nodeWidth = (leaves: number): number => 2 * leaves - 1;

export const root = (leaves: number): NodeIndex => nodeIndex(leaves - 1);

/** Returns 0 for a leaf, 1 for its parent, and so on. */
export function level(x: NodeIndex): number {
  let k = 0;
  while ((x >> k) & 1) k++;
  return k;
}

/**
 * Returns the left child.
 * @param x a parent
 */
export const left = (x: NodeIndex): NodeIndex => nodeIndex(x ^ (1 << (level(x) - 1)));
/**
 * Returns the right child.
 * @param x a parent
 */
export const right = (x: NodeIndex): NodeIndex => nodeIndex(x ^ (3 << (level(x) - 1)));

/** Returns the node above, as if the tree were infinite. */
export function parent(x: NodeIndex): NodeIndex {
  const k = level(x);
  return nodeIndex((x | (1 << k)) & ~(1 << (k + 1)));
}

export function sibling(x: NodeIndex): NodeIndex {
  const above = parent(x);
  return x < above ? right(above) : left(above);
}

/** Returns the nodes above x, from its parent to the root; none for the root. */
export function directPath(x: NodeIndex, leaves: number): NodeIndex[] {
  if (x >= nodeWidth(leaves)) throw new RangeError(`Node ${x} lies outside of a tree of ${leaves} leaves`);
  const path: NodeIndex[] = [];
  for (let at = x; at !== root(leaves); ) {
    at = parent(at);
    path.push(at);
  }
  return path;
}

/** Returns whether x is `top` or below it. */
export const isBelow = (x: NodeIndex, top: NodeIndex): boolean => {
  const reach = 2 ** level(top) - 1;
  return x >= top - reach && x <= top + reach;
};

/** Returns the lowest node above both. */
export function commonAncestor(a: LeafIndex, b: LeafIndex): NodeIndex {
  let at = nodeOf(a);
  while (!isBelow(nodeOf(b), at)) at = parent(at);
  return at;
}
