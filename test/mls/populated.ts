/**
 * A group of any size with keys in every node, and each member's view of it, without the cost of delivering
 * everything to everybody.
 */
import assert from "node:assert/strict";
import { ascii } from "../../protocol/mls/bytes.ts";
import { createCommit } from "../../protocol/mls/commit.ts";
import { createGroup, type Group } from "../../protocol/mls/group.ts";
import type { OwnKeyPackage } from "../../protocol/mls/key-package.ts";
import { add, client, packageOf } from "../../protocol/mls/members-fixture.ts";
import type { CipherSuite } from "../../protocol/mls/suite.ts";
import { leafIndex, type NodeIndex, nodeOf } from "../../protocol/mls/tree-math.ts";

/**
 * Makes a group.
 * @returns the view of the member at a leaf: all secrets of the epoch are the same, private keys differ by
 * node
 */
export function populated(suite: CipherSuite, size: number): (leaf: number) => Group {
  const packages: OwnKeyPackage[] = Array.from({ length: size }, (_, i) => packageOf(client(`m${i}`, suite)));
  const [first, ...others] = packages;
  assert(first);
  const keys = new Map<NodeIndex, Uint8Array>();
  for (const [i, own] of packages.entries()) keys.set(nodeOf(leafIndex(i)), own.encryptionPrivateKey);
  let group = createGroup(suite, ascii(`a group of ${size}`), first);
  if (others.length > 0) {
    const made = createCommit(group, { proposals: others.map(add), welcome: {} }, {});
    for (const [x, key] of made.next.privateKeys) keys.set(x, key);
    group = made.next;
  }
  const view = (leaf: number): Group => {
    const own = leafIndex(leaf);
    const mine = [nodeOf(own), ...group.tree.directPath(own)].flatMap((x) => {
      const key = group.tree.node(x) === undefined ? undefined : keys.get(x);
      return key === undefined ? [] : [[x, key] as const];
    });
    const signaturePrivateKey = packages[leaf]?.signaturePrivateKey;
    assert(signaturePrivateKey);
    return { ...group, ownLeaf: own, signaturePrivateKey, privateKeys: new Map(mine), past: [] };
  };
  for (let leaf = 0; leaf < size; leaf += 2) {
    const made = createCommit(view(leaf), {}, {});
    for (const [x, key] of made.next.privateKeys) keys.set(x, key);
    group = made.next;
  }
  return view;
}
