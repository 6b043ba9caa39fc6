import assert from "node:assert/strict";
import { decode, encode } from "./codec.ts";
import { MlsError } from "./errors.ts";
import { contextBytes, type GroupContext } from "./group-context.ts";
import { verifyLeafSignature } from "./leaf-node.ts";
import { verifyParentHashes } from "./parent-hash.ts";
import { proposal } from "./proposal.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { encodeNode, ratchetTree, treeFromNodes } from "./tree-codec.ts";
import { treeHash } from "./tree-hash.ts";
import { createPath, keysAbove, mergePath, openPath } from "./tree-kem.ts";
import { leafIndex, type NodeIndex, nodeIndex, nodeOf } from "./tree-math.ts";
import { addLeaves, removeLeaves, updateLeaf } from "./tree-operations.ts";
import { validateTree } from "./tree-validation.ts";
import { updatePath } from "./update-path.ts";
import { hex, hexOf, same, suiteVectors } from "./vectors-fixture.ts";

describe("MLS vectors: tree-operations", () => {
  type Fields = "tree_before" | "tree_hash_before" | "proposal" | "tree_after" | "tree_hash_after";
  type Vector = Record<Fields, string> & { proposal_sender: number };
  for (const { suite, vector } of suiteVectors<Vector>("mls/tree-operations.json")) {
    const given = decode(proposal, hex(vector.proposal));
    it(`suite ${suite.number}: ${given.type}`, () => {
      const before = decode(ratchetTree, hex(vector.tree_before));
      same(treeHash(suite, before), vector.tree_hash_before);
      const after = applied(before);
      same(encode(ratchetTree, after), vector.tree_after);
      same(treeHash(suite, after), vector.tree_hash_after);
      same(encode(ratchetTree, before), vector.tree_before);
      same(treeHash(suite, decode(ratchetTree, hex(vector.tree_after))), vector.tree_hash_after);
    });

    function applied(tree: RatchetTree): RatchetTree {
      const sender = leafIndex(vector.proposal_sender);
      switch (given.type) {
        case "add":
          return addLeaves(tree, [given.keyPackage.leafNode]).tree;
        case "update":
          return updateLeaf(tree, sender, given.leafNode);
        case "remove":
          return removeLeaves(tree, [given.removed]);
        default:
          throw new Error(given.type);
      }
    }
  }
});

describe("MLS vectors: tree-validation", () => {
  interface Vector {
    tree: string;
    group_id: string;
    tree_hashes: string[];
    resolutions: number[][];
  }
  for (const [i, { suite, vector }] of suiteVectors<Vector>("mls/tree-validation.json").entries())
    it(`suite ${suite.number}, tree ${i}: ${vector.tree_hashes.length} nodes`, () => {
      const tree = decode(ratchetTree, hex(vector.tree));
      assert.equal(tree.width, vector.tree_hashes.length);
      for (const [x, expected] of vector.resolutions.entries())
        assert.deepEqual(tree.resolution(nodeIndex(x)), expected);
      for (const [x, expected] of vector.tree_hashes.entries())
        same(treeHash(suite, tree, nodeIndex(x)), expected);
      verifyParentHashes(suite, tree);
      for (const [leaf, node] of tree.members())
        verifyLeafSignature(suite, node, { groupId: hex(vector.group_id), leaf });
      const context = contextOf(suite.number, hex(vector.group_id), treeHash(suite, tree));
      validateTree(suite, tree, context);
      // One row per node holds the same tree.
      const rows = [...Array(tree.width).keys()].flatMap((x) => {
        const node = encodeNode(tree, nodeIndex(x));
        return node === undefined ? [] : [[x, node] as const];
      });
      assert.equal(hexOf(encode(ratchetTree, treeFromNodes(rows))), vector.tree);
      // Any other tree hash belongs to another tree.
      assert.throws(() => validateTree(suite, tree, { ...context, treeHash: hex("00") }), MlsError);
    });
});

describe("MLS vectors: treekem", () => {
  interface Vector {
    group_id: string;
    epoch: number;
    confirmed_transcript_hash: string;
    ratchet_tree: string;
    leaves_private: {
      index: number;
      encryption_priv: string;
      signature_priv: string;
      path_secrets: { node: number; path_secret: string }[];
    }[];
    update_paths: {
      sender: number;
      update_path: string;
      path_secrets: (string | null)[];
      commit_secret: string;
      tree_hash_after: string;
    }[];
  }
  for (const [i, { suite, vector }] of suiteVectors<Vector>("mls/treekem.json").entries())
    it(`suite ${suite.number}, tree ${i}: ${vector.update_paths.length} paths`, () => {
      const tree = decode(ratchetTree, hex(vector.ratchet_tree));
      const base = {
        ...contextOf(suite.number, hex(vector.group_id), hex("")),
        epoch: BigInt(vector.epoch),
        confirmedTranscriptHash: hex(vector.confirmed_transcript_hash),
      };
      const provisional = (next: RatchetTree) => contextBytes({ ...base, treeHash: treeHash(suite, next) });
      const keysOf = vector.leaves_private.map(({ index, encryption_priv, path_secrets }) => {
        const keys = new Map<NodeIndex, Uint8Array>([[nodeOf(leafIndex(index)), hex(encryption_priv)]]);
        for (const { node, path_secret } of path_secrets) {
          const x = nodeIndex(node);
          const found = keysAbove(suite, hex(path_secret), [[x, tree.node(x)?.encryptionKey]]);
          for (const [at, key] of found.privateKeys) keys.set(at, key);
        }
        return { leaf: leafIndex(index), keys };
      });
      for (const {
        sender,
        update_path,
        path_secrets,
        commit_secret,
        tree_hash_after,
      } of vector.update_paths) {
        const from = leafIndex(sender);
        const path = decode(updatePath, hex(update_path));
        const next = mergePath(suite, tree, from, [], path);
        same(treeHash(suite, next), tree_hash_after);
        for (const { leaf, keys } of keysOf) {
          if (leaf === from) continue;
          const opened = openPath(suite, tree, from, [], path, leaf, keys, provisional(next));
          same(opened.commitSecret, commit_secret);
          assert(path_secrets[leaf], "the vector has a path secret where one opened");
        }
        // Our own path on the same tree opens for every member.
        const secret = vector.leaves_private.find(({ index }) => index === sender)?.signature_priv;
        const old = tree.leaf(from);
        assert(secret && old);
        const ours = createPath(suite, tree, from, [], base.groupId, old, hex(secret), provisional);
        const merged = mergePath(suite, tree, from, [], ours.path);
        assert.deepEqual(treeHash(suite, merged), treeHash(suite, ours.tree));
        verifyParentHashes(suite, merged);
        for (const { leaf, keys } of keysOf) {
          if (leaf === from) continue;
          const opened = openPath(suite, tree, from, [], ours.path, leaf, keys, provisional(merged));
          assert.deepEqual(opened.commitSecret, ours.commitSecret);
        }
      }
    });
});

function contextOf(cipherSuite: number, groupId: Uint8Array, hash: Uint8Array): GroupContext {
  return {
    version: 1,
    cipherSuite,
    groupId,
    epoch: 0n,
    treeHash: hash,
    confirmedTranscriptHash: hex(""),
    extensions: [],
  };
}
