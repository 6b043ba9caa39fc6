/**
 * Attacks that ts-mls 1.6.4 does not withstand (docs/MLS.md, L1 to L6), each stopped by one of our checks.
 */
import assert from "node:assert/strict";
import {
  externalInit,
  forged,
  insider,
  none,
  others,
  refusedBy,
  remove,
  room,
} from "./attacked-room-fixture.ts";
import { ascii, random } from "./bytes.ts";
import { ValidationError, VerificationError } from "./errors.ts";
import { joinExternally } from "./external-commit.ts";
import { forgeExternalCommit } from "./forgery-fixture.ts";
import { exportGroupInfo } from "./group-info.ts";
import { joinByWelcome } from "./join.ts";
import { createKeyPackage } from "./key-package.ts";
import { signLeafNode } from "./leaf-node.ts";
import {
  ANY_TIME,
  add,
  client,
  commitIn,
  groupAt,
  packageOf,
  ROOM_STATE,
  type Room,
  requireAgreement,
  roomOf,
  suite1,
  talk,
} from "./members-fixture.ts";
import { propose } from "./propose.ts";
import { receive } from "./receive.ts";
import { leafIndex, nodeIndex } from "./tree-math.ts";

describe("MLS attacks: the forger", () => {
  it("makes a commit that everybody accepts when nothing is changed", () => {
    for (const spoil of [
      {},
      { proposals: [add(packageOf(client("z")))], path: false } as const,
      { proposals: [remove(3)] },
    ])
      for (const group of others) {
        const result = receive(group, forged(spoil), none);
        assert(result.type === "commit" || group.ownLeaf === 3);
      }
  });
});

describe("MLS attacks: L1 to L6, where ts-mls 1.6.4 fails", () => {
  it("L1: joins a valid tree whose nodes have different unmerged leaves", () => {
    let five = roomOf(["a", "b", "c", "d", "e"]);
    for (const i of five.keys()) five = commitIn(five, i, {}).room;
    five = commitIn(five, 0, { proposals: [{ type: "remove", removed: groupAt(five, 1).ownLeaf }] }).room;
    for (const name of ["f", "g", "h"]) five = withoutPath(five, name);
    requireAgreement(talk(five));
    const lists = [...groupAt(five, 0).tree.parents()].map(([, { unmergedLeaves }]) => unmergedLeaves.join());
    assert(new Set(lists).size > 1, "the nodes' lists differ, or this shows nothing");

    function withoutPath(before: Room, name: string): Room {
      const own = packageOf(client(name));
      const made = commitIn(before, 0, { proposals: [add(own)], path: false });
      return [...made.room, joinByWelcome(suite1, made.welcome ?? ascii(""), own, none)];
    }
  });

  it("L2: refuses a path's public key that does not match its path secret, at each member who gets the secret", () => {
    const stranger = suite1.hpke.kem.generateKeyPair().publicKey;
    // The second node of a's path: c and d receive its secret through b's side, a's own half does not.
    const message = forged({ keys: ([first, , ...rest]) => [first ?? stranger, stranger, ...rest] });
    const [b, c, d, ...far] = others;
    refusedBy([b, c, d] as Room, message, VerificationError, "§7.5");
    for (const group of far) assert.equal(receive(group, message, none).type, "commit", "it cannot tell");
  });

  it("L3: refuses an encryption key that is already in the tree, in a path's leaf, a path's node or an Add", () => {
    const victim = groupAt(room, 5).tree.leaf(leafIndex(5))?.encryptionKey ?? ascii("");
    refusedBy(others, forged({ leafKey: victim }), ValidationError, "§12.4.2");
    const parent = insider.tree.parent(nodeIndex(13))?.encryptionKey ?? ascii("");
    refusedBy(others, forged({ keys: ([, ...rest]) => [parent, ...rest] }), ValidationError, "§12.4.2");
    const thief = packageOf(client("thief"));
    const leaf = { ...thief.keyPackage.leafNode, encryptionKey: victim };
    const stolen = resigned(
      { ...thief, keyPackage: { ...thief.keyPackage, leafNode: leaf } },
      client("thief"),
    );
    refusedBy(others, forged({ proposals: [add(stolen)], path: false }), ValidationError, "§7.3");
  });

  it("L4: refuses an external commit that removes another member", () => {
    const outsider = client("outsider");
    const groupInfo = exportGroupInfo(insider, { externalPub: true, tree: true });
    assert.throws(() => joinExternally(suite1, { ...outsider, groupInfo, remove: leafIndex(1) }, none), {
      section: "§5.3.1",
    });
    const { kemOutput, initSecret } = externalInit();
    const message = forgeExternalCommit(insider, outsider.leaf, outsider.signaturePrivateKey, initSecret, {
      proposals: [{ type: "external_init", kemOutput }, remove(1)],
    });
    refusedBy(room, message, ValidationError, "§5.3.1");
  });

  it("L5: tells a member removed and added in one commit that it was removed, and keeps a valid tree", () => {
    const own = packageOf(client("new"));
    const message = forged({ proposals: [remove(4), add(own)] });
    assert.equal(receive(groupAt(room, 4), message, none).type, "removed");
    for (const group of others.filter(({ ownLeaf }) => ownLeaf !== 4))
      assert.equal(receive(group, message, none).type, "commit");
  });

  it("L6: refuses a change of the context without a path, and another's credential in a leaf", () => {
    const extensions = [{ type: ROOM_STATE, data: ascii("new") }];
    const change = { type: "group_context_extensions", extensions } as const;
    refusedBy(others, forged({ proposals: [change], path: false }), ValidationError, "§12.4");
    const credential = { type: "basic", identity: ascii("b") } as const;
    refusedBy(others, forged({ leaf: (leaf) => ({ ...leaf, credential }) }), ValidationError, "§5.3.1");
    const key = suite1.hpke.kem.generateKeyPair().publicKey;
    const old = insider.tree.leaf(insider.ownLeaf);
    assert(old);
    const place = { groupId: insider.context.groupId, leaf: insider.ownLeaf };
    const unsigned = { ...old, credential, encryptionKey: key, source: { type: "update" } } as const;
    const leafNode = signLeafNode(suite1, insider.signaturePrivateKey, unsigned, place);
    const { message } = propose(insider, { type: "update", leafNode });
    refusedBy(others, message, ValidationError, "§5.3.1");
  });
});

/** Signs a KeyPackage again after its leaf was changed. */
function resigned(own: ReturnType<typeof packageOf>, by: ReturnType<typeof client>) {
  const { encryptionKey } = own.keyPackage.leafNode;
  // Makes a KeyPackage with these keys through the public API.
  const kem = { ...suite1.hpke.kem };
  const pairs = [kem.generateKeyPair(), { publicKey: encryptionKey, privateKey: random(32) }];
  const suite = {
    ...suite1,
    hpke: { ...suite1.hpke, kem: { ...kem, generateKeyPair: () => pairs.shift() ?? kem.generateKeyPair() } },
  };
  return createKeyPackage(suite, by.leaf, by.signaturePrivateKey, ANY_TIME);
}
