/** Trees and Welcomes that break exactly one rule (RFC 9420 §7.9.2, §12.4.3.1), and bounds. */
import assert from "node:assert/strict";
import { MAX_LEAVES, MAX_PENDING_PROPOSALS } from "./bounds.ts";
import { ascii, keyText, random } from "./bytes.ts";
import { decode, encode } from "./codec.ts";
import { createCommit } from "./commit.ts";
import { CodecError, UsageError } from "./errors.ts";
import { extensions } from "./extension.ts";
import { forgeCommit } from "./forgery-fixture.ts";
import { contextBytes } from "./group-context.ts";
import { joinByWelcome } from "./join.ts";
import { createKeyPackage } from "./key-package.ts";
import { epochSecrets } from "./key-schedule.ts";
import {
  ANY_TIME,
  add,
  addTo,
  client,
  commitIn,
  groupAt,
  groupOf,
  packageOf,
  requireAgreement,
  roomOf,
  suite1,
} from "./members-fixture.ts";
import type { Policy } from "./policy.ts";
import { propose } from "./propose.ts";
import { type PreSharedKeyId, pskSecret } from "./psk.ts";
import { parentNode, RatchetTree } from "./ratchet-tree.ts";
import { receive } from "./receive.ts";
import { confirmationTag } from "./transcript-hash.ts";
import { treeHash } from "./tree-hash.ts";
import { leafIndex, type NodeIndex, nodeIndex } from "./tree-math.ts";
import { addLeaves } from "./tree-operations.ts";
import { validateTree } from "./tree-validation.ts";
import { createWelcome } from "./welcome.ts";

/**
 * Makes a tree of eight members in which all nodes but one have keys; one member has rejoined without a path,
 * and is unmerged in the two nodes above.
 */
function tree() {
  let room = roomOf(["a", "b", "c", "d", "e", "f", "g", "h"]);
  for (const i of room.keys()) room = commitIn(room, i, {}).room;
  room = commitIn(room, 0, { proposals: [{ type: "remove", removed: leafIndex(5) }] }).room;
  room = commitIn(room, 5, {}).room;
  return createCommit(groupAt(room, 0), { proposals: [add(packageOf(client("f")))], path: false }, {}).next;
}
const whole = tree();

/** Validates the tree with a change, as if its hash were the group's. */
function judge(change: Parameters<RatchetTree["edit"]>[0]): void {
  const changed = whole.tree.edit(change);
  validateTree(suite1, changed, { ...whole.context, treeHash: treeHash(suite1, changed) });
}

function parentAt(x: number) {
  const node = whole.tree.parent(nodeIndex(x));
  assert(node, `node ${x} is blank`);
  return node;
}

describe("MLS tree validation", () => {
  it("accepts a valid tree, with an unmerged leaf listed in the nodes above it", () => {
    judge(() => {});
    assert.deepEqual(parentAt(11).unmergedLeaves, [5]);
    assert.deepEqual(parentAt(7).unmergedLeaves, [5]);
  });

  it("refuses a parent whose key no member's parent hash covers, at any height", () => {
    for (const [x, node] of whole.tree.parents()) {
      const encryptionKey = suite1.hpke.kem.generateKeyPair().publicKey;
      assert.throws(
        () => judge((draft) => draft.setParent(x, { ...node, encryptionKey })),
        { section: "§7.9.2" },
        `${x}`,
      );
      const parentHash = random(32);
      assert.throws(
        () => judge((draft) => draft.setParent(x, { ...node, parentHash })),
        { section: "§7.9.2" },
        `${x}`,
      );
    }
  });

  it("refuses unmerged leaves that are blank, not below their parent, or not listed in between", () => {
    const put = (x: number, leaves: readonly number[]) => () =>
      judge((draft) =>
        draft.setParent(nodeIndex(x), { ...parentAt(x), unmergedLeaves: leaves.map(leafIndex) }),
      );
    for (const [x, leaves] of [
      [11, [5, 100]],
      [11, [2, 5]],
      [7, [4, 5]],
      [11, []],
    ] as const)
      assert.throws(put(x, leaves), { section: "§12.4.3.1" }, `node ${x}: ${leaves}`);
    // If it is missing in the upper node, the lower one may still list it, but the parent hash then does not
    // match.
    assert.throws(put(7, []), { section: "§7.9.2" });
    assert.throws(() => judge((draft) => draft.setLeaf(leafIndex(5), undefined)), { section: "§12.4.3.1" });
  });

  it("refuses unmerged leaves out of order or twice", () => {
    for (const list of [
      [2, 1],
      [1, 1],
    ]) {
      const unmergedLeaves = list.map(leafIndex);
      const bytes = encode(parentNode, { encryptionKey: random(32), parentHash: ascii(""), unmergedLeaves });
      assert.throws(() => decode(parentNode, bytes), CodecError);
    }
  });

  it("refuses a duplicate or invalid key of a parent", () => {
    const { encryptionKey } = parentAt(3);
    const put = (key: Uint8Array) => () =>
      judge((draft) => draft.setParent(nodeIndex(1), { ...parentAt(1), encryptionKey: key }));
    assert.throws(put(encryptionKey), { section: "§7.3" });
    assert.throws(put(new Uint8Array(32)), { section: "§5.1.1" });
  });

  it("refuses a credential type that a member does not support", () => {
    const { leaf, signaturePrivateKey } = client("x");
    const capabilities = { ...leaf.capabilities, credentials: [1, 2] };
    const credential = { type: "x509", certificates: [ascii("a certificate")] } as const;
    const own = createKeyPackage(
      suite1,
      { ...leaf, capabilities, credential },
      signaturePrivateKey,
      ANY_TIME,
    );
    assert.throws(() => createCommit(whole, { proposals: [add(own)] }, {}), { section: "§7.3" });
    const others = roomOf(["a", "b"]);
    const message = forgeCommit(groupAt(others, 0), { proposals: [add(own)] });
    assert.throws(() => receive(groupAt(others, 1), message, {}), { section: "§7.3" });
    assert.throws(() => judge((draft) => draft.add(own.keyPackage.leafNode)), { section: "§7.3" });
  });

  it("refuses more leaves than the bound", () => {
    const leaf = whole.tree.leaf(leafIndex(0));
    const full = RatchetTree.blank(MAX_LEAVES).edit((draft) => {
      for (let i = 0; i < MAX_LEAVES; i++) draft.setLeaf(leafIndex(i), leaf);
    });
    assert(leaf);
    assert.throws(() => addLeaves(full, [leaf]), { section: "§7.7" });
  });

  it("grows and shrinks by halves, and keeps every hash right", () => {
    let tree = whole.tree;
    const [leaf] = [whole.tree.leaf(leafIndex(0))];
    assert(leaf);
    const fresh = (one: RatchetTree) => {
      const copy = RatchetTree.blank(one.leafCount).edit((draft) => {
        for (const [i, node] of one.members()) draft.setLeaf(i, node);
        for (const [x, node] of one.parents()) draft.setParent(x as NodeIndex, node);
      });
      return treeHash(suite1, copy);
    };
    for (let i = 0; i < 12; i++) {
      tree = addLeaves(tree, [leaf]).tree;
      assert.deepEqual(treeHash(suite1, tree), fresh(tree));
    }
    assert.equal(tree.leafCount, 32);
    for (let i = 19; i > 0; i--) {
      tree = tree.edit((draft) => {
        draft.setLeaf(leafIndex(i), undefined);
        draft.blankPath(leafIndex(i));
        draft.truncate();
      });
      assert.deepEqual(treeHash(suite1, tree), fresh(tree));
    }
    assert.equal(tree.leafCount, 1);
  });
});

describe("MLS validation of Welcomes and lists", () => {
  const own = packageOf(client("b"));
  const branch = (n: number): PreSharedKeyId => ({
    psk: { type: "resumption", usage: "branch", groupId: ascii("old"), epoch: BigInt(n) },
    nonce: random(32),
  });
  const policy: Policy = { psk: () => ascii("a secret of the old group") };

  /** Makes a Welcome into a group in any epoch, with these PSKs. */
  function welcome(psks: readonly PreSharedKeyId[], epoch: bigint): Uint8Array {
    const group = groupOf(client("a"));
    const { tree, added } = addLeaves(group.tree, [own.keyPackage.leafNode]);
    const context = { ...group.context, epoch, treeHash: treeHash(suite1, tree) };
    const joiner = random(32);
    const psk = pskSecret(
      suite1,
      psks.map((id) => ({ id, secret: ascii("a secret of the old group") })),
    );
    const secrets = epochSecrets(suite1, joiner, psk, contextBytes(context));
    const tag = confirmationTag(suite1, secrets.confirmationKey, context.confirmedTranscriptHash);
    const next = { ...group, tree, context, secrets, confirmationTag: tag };
    const effects = { added, packages: [own.keyPackage], psks };
    const staged = { effects, committer: group.ownLeaf };
    return createWelcome(next, staged as never, { joiner, psk } as never, new Map(), { tree: true });
  }

  it("joins a branched group in its first epoch only, and from one group only", () => {
    assert.equal(joinByWelcome(suite1, welcome([branch(1)], 1n), own, policy).context.epoch, 1n);
    assert.throws(() => joinByWelcome(suite1, welcome([branch(1)], 2n), own, policy), {
      section: "§12.4.3.1",
    });
    const two = welcome([branch(1), branch(2)], 1n);
    assert.throws(() => joinByWelcome(suite1, two, own, policy), { section: "§12.4.3.1" });
    assert.throws(() => joinByWelcome(suite1, welcome([branch(1)], 1n), own, {}), { section: "§8.4" });
  });

  it("refuses a duplicate extension", () => {
    const one = { type: 5, data: ascii("x") };
    assert.throws(() => decode(extensions, encode(extensions, [one, one])), { section: "§13.4" });
  });

  it("refuses more pending proposals than the bound", () => {
    const room = roomOf(["a", "b"]);
    const [a, b] = [groupAt(room, 0), groupAt(room, 1)];
    const pending = propose(a, { type: "remove", removed: leafIndex(1) });
    const [kept] = pending.next.proposals.values();
    assert(kept);
    const many = Array.from(
      { length: MAX_PENDING_PROPOSALS },
      (_, i) => [keyText(ascii(`${i}`)), kept] as const,
    );
    const full = { ...b, proposals: new Map(many) };
    assert.throws(() => receive(full, pending.message, {}), UsageError);
    assert.throws(() => propose(full, { type: "remove", removed: leafIndex(0) }), UsageError);
  });

  it("joins and adds members in the tree that these tests start from", () => {
    requireAgreement(addTo(roomOf(["a", "b"]), 0, [client("c")]));
  });
});
