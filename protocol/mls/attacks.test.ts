/** What insiders and outsiders try against a group, each held by one check. All members refuse alike, and are as they were. */
import assert from "node:assert/strict";
import { seal } from "./application.ts";
import { ascii, random } from "./bytes.ts";
import { decode, encode } from "./codec.ts";
import { createCommit } from "./commit.ts";
import { CodecError, RefusedError, UnavailableError, ValidationError, VerificationError } from "./errors.ts";
import { joinExternally } from "./external-commit.ts";
import { newInitSecret } from "./external-init.ts";
import { forgeCommit, forgeExternalCommit, type Spoil } from "./forgery-fixture.ts";
import type { FramedContent } from "./framing.ts";
import type { Group } from "./group.ts";
import { exportGroupInfo } from "./group-info.ts";
import { joinByWelcome } from "./join.ts";
import { createKeyPackage } from "./key-package.ts";
import { externalKeyPair } from "./key-schedule.ts";
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
import { decodeAs, encodeMessage } from "./message.ts";
import type { Policy } from "./policy.ts";
import type { Proposal } from "./proposal.ts";
import { propose, proposeUpdate } from "./propose.ts";
import { contextAfter, receive } from "./receive.ts";
import { storedChanges } from "./store.ts";
import { ratchetTree, treeFromNodes } from "./tree-codec.ts";
import { treeHash } from "./tree-hash.ts";
import { leafIndex, nodeIndex } from "./tree-math.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];
/** Eight people in a full tree whose every node has keys. */
function populated(): Room {
  let room = roomOf(NAMES);
  for (const i of NAMES.keys()) room = commitIn(room, i, {}).room;
  return room;
}
const room = populated();
const insider = groupAt(room, 0);
const others = room.slice(1);
const remove = (i: number): Proposal => ({ type: "remove", removed: leafIndex(i) });
const none: Policy = {};

type Kind = abstract new (...args: never[]) => Error;

/** Everybody refuses, for this reason, and is as before. */
function refusedBy(members: Room, message: Uint8Array, kind: Kind, section: string, policy = none): void {
  for (const group of members) refusedByOne(group, message, kind, section, policy);
}
function refusedByOne(group: Group, message: Uint8Array, kind: Kind, section: string, policy = none): void {
  const before = [...storedChanges(undefined, group).put].map(([name, bytes]) => [name, bytes.slice()]);
  assert.throws(
    () => receive(group, message, policy),
    (error) => {
      assert(error instanceof kind, String(error));
      assert.equal((error as { section?: string }).section, section, String(error));
      return true;
    },
  );
  assert.deepEqual([...storedChanges(undefined, group).put], before, "its state has changed");
}
const forged = (spoil: Spoil) => forgeCommit(insider, spoil);

describe("MLS attacks: the forgery itself", () => {
  it("is a commit that everybody takes while nothing is spoilt", () => {
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
  it("L1: a valid tree whose nodes have different unmerged leaves is joined", () => {
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

  it("L2: a public key in a path that does not belong to its path secret is noticed by all who get that secret", () => {
    const stranger = suite1.hpke.kem.generateKeyPair().publicKey;
    // The second node of a's path: c and d get its secret by b's side, a's other half does not.
    const message = forged({ keys: ([first, , ...rest]) => [first ?? stranger, stranger, ...rest] });
    const [b, c, d, ...far] = others;
    refusedBy([b, c, d] as Room, message, VerificationError, "§7.5");
    for (const group of far) assert.equal(receive(group, message, none).type, "commit", "it cannot tell");
  });

  it("L3: an encryption key that stands in the tree already: in a path's leaf, a path's node, an Add", () => {
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

  it("L4: an external commit that removes somebody else", () => {
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

  it("L5: removed and added in one commit, the one removed is told so (and the tree is sound)", () => {
    const own = packageOf(client("new"));
    const message = forged({ proposals: [remove(4), add(own)] });
    assert.equal(receive(groupAt(room, 4), message, none).type, "removed");
    for (const group of others.filter(({ ownLeaf }) => ownLeaf !== 4))
      assert.equal(receive(group, message, none).type, "commit");
  });

  it("L6: a change of the context without a path; another's credential in a leaf by commit and by Update", () => {
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

/** Signs a KeyPackage anew whose leaf was changed. */
function resigned(own: ReturnType<typeof packageOf>, by: ReturnType<typeof client>) {
  const { encryptionKey } = own.keyPackage.leafNode;
  // A KeyPackage made for these keys, through the door that everybody has.
  const kem = { ...suite1.hpke.kem };
  const pairs = [kem.generateKeyPair(), { publicKey: encryptionKey, privateKey: random(32) }];
  const suite = {
    ...suite1,
    hpke: { ...suite1.hpke, kem: { ...kem, generateKeyPair: () => pairs.shift() ?? kem.generateKeyPair() } },
  };
  return createKeyPackage(suite, by.leaf, by.signaturePrivateKey, ANY_TIME);
}

function externalInit() {
  const { publicKey } = externalKeyPair(suite1, insider.secrets.externalSecret);
  return newInitSecret(suite1, publicKey);
}

describe("MLS attacks: paths", () => {
  it("garbage path secrets: only those who get them notice, keep their state, and know where the group goes", () => {
    const message = forged({
      sent: ([first, ...rest]) => [first ?? ascii(""), ...rest.map(() => random(32))],
    });
    const [b, ...rest] = others;
    assert(b);
    assert.equal(receive(b, message, none).type, "commit", "b gets the first, which is good");
    refusedBy(rest, message, VerificationError, "§7.5");
    for (const group of rest)
      assert.deepEqual(contextAfter(group, message, none).treeHash, contextAfter(b, message, none).treeHash);
  });

  it("a wrong parent hash in the committer's leaf", () => {
    const source = { type: "commit", parentHash: random(32) } as const;
    refusedBy(others, forged({ leaf: (leaf) => ({ ...leaf, source }) }), ValidationError, "§7.9.2");
  });

  it("a leaf of the wrong source, of another place, or unsigned", () => {
    const lifetime = { type: "key_package", lifetime: ANY_TIME } as const;
    refusedBy(others, forged({ leaf: (leaf) => ({ ...leaf, source: lifetime }) }), ValidationError, "§7.3");
    const unsigned = (path: { leafNode: object }) => ({
      ...path,
      leafNode: { ...path.leafNode, signature: random(64) },
    });
    refusedBy(others, forged({ sentPath: unsigned as never }), VerificationError, "§5.1.2");
  });

  it("a path too short, too long, or encrypted to too few or too many", () => {
    for (const sentPath of [
      (path) => ({ ...path, nodes: path.nodes.slice(1) }),
      (path) => ({ ...path, nodes: [...path.nodes, ...path.nodes.slice(0, 1)] }),
    ] satisfies Spoil["sentPath"][])
      refused(others, forged({ sentPath }), ["§7.5", "§12.4.2"]);
    const first = (change: (list: readonly never[]) => readonly never[]) =>
      forged({
        sentPath: (path) => ({
          ...path,
          nodes: path.nodes.map((node) => ({
            ...node,
            encryptedPathSecret: change(node.encryptedPathSecret as never) as never,
          })),
        }),
      });
    refusedBy(
      others,
      first((list) => list.slice(1)),
      ValidationError,
      "§7.6",
    );
    refusedBy(
      others,
      first((list) => [...list, ...list]),
      ValidationError,
      "§7.6",
    );
  });

  it("a key that nobody can encrypt to: of another length, or of small order", () => {
    for (const key of [ascii("short"), new Uint8Array(32)]) {
      refusedBy(others, forged({ keys: ([, ...rest]) => [key, ...rest] }), ValidationError, "§5.1.1");
      refusedBy(others, forged({ leafKey: key }), ValidationError, "§5.1.1");
    }
  });

  it("the same key twice in one path, or the leaf's key of before", () => {
    refusedBy(
      others,
      forged({ keys: ([first, , ...rest]) => [first, first, ...rest] as never }),
      ValidationError,
      "§12.4.2",
    );
    const before = insider.tree.leaf(insider.ownLeaf)?.encryptionKey ?? ascii("");
    refusedBy(others, forged({ leafKey: before }), ValidationError, "§7.3");
  });

  it("no path where one is needed: an empty commit, a Remove", () => {
    for (const proposals of [[], [remove(2)]])
      refusedBy(others, forged({ proposals, path: false }), ValidationError, "§12.4");
  });
});

function refused(members: Room, message: Uint8Array, sections: readonly string[]): void {
  for (const group of members)
    assert.throws(
      () => receive(group, message, none),
      (error: { section?: string }) => sections.includes(error.section ?? ""),
    );
}

describe("MLS attacks: tags and signatures", () => {
  it("a forged confirmation tag", () => {
    refusedBy(others, forged({ confirmationTag: () => random(32) }), VerificationError, "§6.1");
    refusedBy(others, forged({ confirmationTag: () => ascii("") }), VerificationError, "§6.1");
  });

  it("a forged membership tag, and a signature of somebody else", () => {
    const { publicMessage } = decodeAs("mls_public_message", forged({}));
    const forgedTag = { ...publicMessage, membershipTag: random(32) };
    refusedBy(
      others,
      encodeMessage({ wireFormat: "mls_public_message", publicMessage: forgedTag }),
      VerificationError,
      "§6.2",
    );
    const as = (leaf: number) =>
      forged({
        content: (content) => ({ ...content, sender: { type: "member", leafIndex: leafIndex(leaf) } }),
      });
    refusedBy(others.slice(1), as(1), VerificationError, "§5.1.2");
    // Sealed with b's ratchet, which every member can derive: only the signature tells who it is from.
    const said = seal({ ...insider, ownLeaf: leafIndex(1) }, ascii("as b"));
    refusedBy(others.slice(1), said.message, VerificationError, "§5.1.2");
    refusedBy(others, as(100), ValidationError, "§6.1");
  });

  it("replays, epochs ahead and behind, generations far ahead, another group", () => {
    const said = seal(insider, ascii("once"));
    const once = receive(groupAt(room, 1), said.message, none);
    assert(once.type === "application");
    refusedByOne(once.next, said.message, UnavailableError, "§9.2");
    const made = commitIn(room, 0, {});
    const later = seal(groupAt(made.room, 0), ascii("later"));
    refusedByOne(groupAt(room, 1), later.message, UnavailableError, "§15.3");
    refusedByOne(groupAt(made.room, 1), made.message, UnavailableError, "§14");
    refusedByOne(groupAt(room, 1), commitIn(made.room, 0, {}).message, UnavailableError, "§14");
    let speaker = insider;
    for (let i = 0; i <= 1024; i++) speaker = seal(speaker, ascii("")).next;
    refusedByOne(groupAt(room, 1), seal(speaker, ascii("far")).message, UnavailableError, "§9.2");
    const elsewhere = roomOf(["a", "b"]);
    const foreign = {
      ...groupAt(elsewhere, 0),
      context: { ...groupAt(elsewhere, 0).context, groupId: ascii("other") },
    };
    refusedByOne(groupAt(room, 1), seal(foreign, ascii("x")).message, ValidationError, "§6");
    refusedByOne(
      insider,
      createCommit(insider, { format: "mls_public_message" }, none).message,
      ValidationError,
      "§12.4.2",
    );
  });
});

describe("MLS attacks: proposals", () => {
  const psk: Proposal = {
    type: "psk",
    psk: { psk: { type: "external", id: ascii("x") }, nonce: random(32) },
  };
  const policy: Policy = { psk: () => ascii("secret") };
  const { groupId, version, cipherSuite } = insider.context;
  const reinit: Proposal = { type: "reinit", groupId, version, cipherSuite, extensions: [] };
  const state = (text: string): Proposal => ({
    type: "group_context_extensions",
    extensions: [{ type: ROOM_STATE, data: ascii(text) }],
  });
  const own = packageOf(client("z"));

  for (const [what, proposals, section] of [
    ["a Remove of the committer", [remove(0)], "§12.2"],
    ["an Update of the committer's", [ownUpdate()], "§12.2"],
    ["a Remove of a blank leaf", [remove(100)], "§12.1.3"],
    ["two Removes of one leaf", [remove(1), remove(1)], "§12.2"],
    ["two changes of the context", [state("1"), state("2")], "§12.2"],
    ["an ExternalInit", [{ type: "external_init", kemOutput: random(32) }], "§12.2"],
    ["a ReInit among others", [reinit, remove(1)], "§12.2"],
    ["a ReInit to an earlier version", [{ ...reinit, version: 0 }], "§12.1.5"],
    ["a PSK twice", [psk, psk], "§12.2"],
    ["a PSK whose nonce is too short", [{ ...psk, psk: { ...psk.psk, nonce: random(31) } }], "§12.1.4"],
    ["a KeyPackage twice", [add(own), add(own)], "§7.3"],
    ["a KeyPackage of a member", [add(memberAgain())], "§7.3"],
  ] as readonly (readonly [string, readonly Proposal[], string])[])
    it(`a commit with ${what}`, () => {
      // Most of these trees cannot even be made: the proposals are said, and not applied.
      const said = (content: FramedContent): FramedContent => ({
        ...content,
        content: {
          type: "commit",
          commit: {
            proposals: proposals.map((proposal) => ({ type: "proposal", proposal })),
            path: content.content.type === "commit" ? content.content.commit.path : undefined,
          },
        },
      });
      const spoil: Spoil = proposals.every(({ type }) => type === "add")
        ? { proposals, path: false }
        : { content: said, policy };
      refusedBy(others, forged(spoil), ValidationError, section, policy);
    });

  function ownUpdate(): Proposal {
    const [pending] = proposeUpdate(insider).next.proposals.values();
    assert(pending);
    return pending.proposal;
  }

  /** A new KeyPackage with the signature key that a member has. */
  function memberAgain() {
    const leaf = insider.tree.leaf(insider.ownLeaf);
    assert(leaf);
    return createKeyPackage(suite1, leaf, insider.signaturePrivateKey, ANY_TIME);
  }

  it("PSKs that make groups, in a commit", () => {
    for (const usage of ["reinit", "branch"] as const) {
      const id = { psk: { type: "resumption", usage, groupId, epoch: 1n }, nonce: random(32) } as const;
      const message = forged({ proposals: [{ type: "psk", psk: id }], path: false, policy });
      refusedBy(others, message, ValidationError, "§12.1.4", policy);
    }
  });

  it("a reference to an unknown proposal", () => {
    refusedBy(others, forged({ references: [random(32)] }), ValidationError, "§12.4");
  });

  it("a proposal of a type that is not known", () => {
    const message = forged({ proposals: [remove(1)] });
    const at = Buffer.from(message).indexOf(Buffer.from("010003", "hex")); // by value, remove
    const custom = message.slice();
    custom.set([0xf1, 0x23], at + 1);
    refusedBy(others, custom, CodecError, "RFC 9420 §2.1");
  });

  it("whatever the judge refuses: PSK, ReInit, a change that nobody may make", () => {
    const judge: Policy = {
      ...policy,
      judge: ({ proposals }) => {
        const bad = proposals.find(({ proposal: { type } }) => type !== "add" && type !== "remove");
        return bad === undefined ? "accept" : { refuse: `no ${bad.proposal.type} here` };
      },
    };
    for (const proposal of [psk, reinit, state("x")]) {
      const path = proposal.type === "group_context_extensions" ? {} : ({ path: false } as const);
      const message = forged({ proposals: [proposal], policy, ...path });
      refusedBy(others, message, RefusedError, "§12.2", judge);
      assert.throws(() => createCommit(insider, { proposals: [proposal] }, judge), RefusedError);
    }
    for (const group of others)
      assert(receive(group, forged({ proposals: [add(own)] }), judge).type === "commit");
  });

  it("the judge sees who commits, both trees and what stands where", () => {
    const seen: unknown[] = [];
    const judge: Policy = {
      judge: (commit) => {
        assert.deepEqual(commit.before, groupAt(room, 2).tree);
        assert.equal(commit.before.leaf(leafIndex(7)) === undefined, false);
        assert.deepEqual(treeHash(suite1, commit.after).length, 32);
        seen.push([commit.committer, commit.committerAfter, commit.added, commit.removed]);
        return "accept";
      },
    };
    receive(groupAt(room, 2), forged({ proposals: [remove(7), add(own)] }), judge);
    assert.deepEqual(seen, [[0, 0, [7], [7]]]);
  });

  it("KeyPackages that break a rule each", () => {
    const whole = own.keyPackage;
    const poor = client("poor");
    const { capabilities } = poor.leaf;
    const made = (leaf: object, lifetime = ANY_TIME, extensions: { type: number; data: Uint8Array }[] = []) =>
      createKeyPackage(suite1, { ...poor.leaf, ...leaf }, poor.signaturePrivateKey, lifetime, extensions)
        .keyPackage;
    const data = ascii("x");
    for (const [keyPackage, section] of [
      [{ ...whole, cipherSuite: 3 }, "§10.1"],
      [{ ...whole, version: 2 }, "§10.1"],
      [{ ...whole, initKey: whole.leafNode.encryptionKey }, "§10.1"],
      [{ ...whole, initKey: random(31) }, "§5.1.1"],
      [{ ...whole, signature: random(64) }, "§5.1.2"],
      [{ ...whole, leafNode: { ...whole.leafNode, signature: random(64) } }, "§5.1.2"],
      [{ ...whole, leafNode: { ...whole.leafNode, source: { type: "update" } as const } }, "§7.3"],
      [made({ capabilities: { ...capabilities, versions: [2] } }), "§11.1"],
      [made({ capabilities: { ...capabilities, cipherSuites: [3] } }), "§11.1"],
      [made({ capabilities: { ...capabilities, credentials: [2] } }), "§7.2"],
      [made({ extensions: [{ type: 0xf999, data }] }), "§7.3"],
      [made({}, ANY_TIME, [{ type: 0xf999, data }]), "§10"],
      [made({}, { notBefore: 2n, notAfter: 1n }), "§7.2"],
    ] as const) {
      const message = forged({ proposals: [{ type: "add", keyPackage }], path: false });
      for (const group of others) assert.throws(() => receive(group, message, none), { section }, section);
    }
    const over = made({}, { notBefore: 0n, notAfter: 1000n });
    const message = forged({ proposals: [{ type: "add", keyPackage: over }], path: false });
    refusedBy(others, message, ValidationError, "§7.3", { now: 2000 });
    refusedBy(others, message, ValidationError, "§7.2", { longestLifetime: 999 });
    assert.equal(receive(groupAt(room, 1), message, { now: 500 }).type, "commit");
    assert.throws(() => createCommit(insider, { proposals: [{ type: "add", keyPackage: over }] }, none), {
      section: "§7.3",
    });
  });

  it("an external commit with a proposal that has no place in it, with two Removes, or without ExternalInit", () => {
    const outsider = client("a");
    const { kemOutput, initSecret } = externalInit();
    const init: Proposal = { type: "external_init", kemOutput };
    for (const proposals of [
      [init, add(own)],
      [init, state("x")],
      [init, init],
      [init, remove(1), remove(2)],
      [remove(1)],
      [],
    ]) {
      const message = forgeExternalCommit(insider, outsider.leaf, outsider.signaturePrivateKey, initSecret, {
        proposals,
      });
      refusedBy(others, message, ValidationError, "§12.2");
    }
    const keys = [outsider.leaf, outsider.signaturePrivateKey, initSecret] as const;
    const withReference = forgeExternalCommit(insider, ...keys, {
      proposals: [init],
      references: [random(32)],
    });
    refusedBy(others, withReference, ValidationError, "§12.4.3.2");
    const honest = forgeExternalCommit(insider, ...keys, { proposals: [init] });
    for (const group of room) assert.equal(receive(group, honest, none).type, "commit");
    const pathless = forgeExternalCommit(insider, ...keys, { proposals: [init], path: false });
    refusedBy(others, pathless, ValidationError, "§6.1");
  });
});

describe("MLS attacks: on those who join", () => {
  const own = packageOf(client("i"));
  const made = createCommit(insider, { proposals: [add(own)], welcome: {} }, none);
  const welcome = made.welcome ?? ascii("");
  const tree = encode(ratchetTree, made.next.tree);
  const join = (bytes: Uint8Array, policy = none) =>
    joinByWelcome(suite1, welcome, own, policy, decode(ratchetTree, bytes));

  it("the honest Welcome is joined", () => requireAgreement([made.next, join(tree)]));

  it("a Welcome with another tree: of an epoch before, of another group, cut, or longer", () => {
    // One more, without a path: but for the tree hash nothing would show it.
    const bigger = createCommit(made.next, { proposals: [add(packageOf(client("j")))], path: false }, none);
    assert.throws(() => join(encode(ratchetTree, bigger.next.tree)), {
      section: "§12.4.3.1",
      kind: "verification",
    });
    for (const other of [insider.tree, groupAt(roomOf(NAMES), 0).tree])
      assert.throws(
        () => join(encode(ratchetTree, other)),
        (error) => error instanceof VerificationError || error instanceof ValidationError,
      );
    assert.throws(() => join(tree.slice(0, -1)), CodecError);
    assert.throws(() => decode(ratchetTree, encode(ratchetTree, made.next.tree).slice(0, 0)), CodecError);
  });

  it("trees that are none: a last node that is blank, a node of the wrong type, too many nodes", () => {
    assert.throws(() => decode(ratchetTree, Buffer.from("0100", "hex")), { section: "§12.4.3.3" });
    assert.throws(() => decode(ratchetTree, Buffer.from("00", "hex")), { section: "§12.4.3.3" });
    const parent = Buffer.concat([Buffer.from("0102", "hex"), Buffer.from("0000".concat("00"), "hex")]);
    assert.throws(() => decode(ratchetTree, Buffer.concat([Buffer.of(parent.length), parent])), {
      section: "§12.4.3.3",
    });
    const many = 2 * 4096;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(0x4000 + many);
    assert.throws(() => decode(ratchetTree, Buffer.concat([length, Buffer.alloc(many)])), CodecError);
    assert.throws(() => treeFromNodes([[1_000_000, ascii("")]]), { section: "§7.7" });
  });

  it("a Welcome for somebody else, for another suite, damaged", () => {
    const stranger = packageOf(client("i"));
    assert.throws(() => joinByWelcome(suite1, welcome, stranger, none, made.next.tree), ValidationError);
    assert.throws(
      () =>
        joinByWelcome(
          suite1,
          welcome,
          { ...own, initPrivateKey: stranger.initPrivateKey },
          none,
          made.next.tree,
        ),
      VerificationError,
    );
    const { welcome: whole } = decodeAs("mls_welcome", welcome);
    const other = encodeMessage({ wireFormat: "mls_welcome", welcome: { ...whole, cipherSuite: 3 } });
    assert.throws(() => joinByWelcome(suite1, other, own, none, made.next.tree), ValidationError);
    for (let at = 8; at < welcome.length; at += 13) {
      const damaged = welcome.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      assert.throws(() => joinByWelcome(suite1, damaged, own, none, made.next.tree), `byte ${at}`);
    }
  });

  it("a GroupInfo that its signer did not sign, without a key to join by, or with one of small order", () => {
    const joiner = client("j");
    const honest = exportGroupInfo(insider, { externalPub: true, tree: true });
    const { groupInfo } = decodeAs("mls_group_info", honest);
    const changed = (change: object) =>
      encodeMessage({ wireFormat: "mls_group_info", groupInfo: { ...groupInfo, ...change } });
    assert.throws(
      () => joinExternally(suite1, { ...joiner, groupInfo: changed({ signer: leafIndex(1) }) }, none),
      VerificationError,
    );
    assert.throws(
      () => joinExternally(suite1, { ...joiner, groupInfo: changed({ signer: leafIndex(99) }) }, none),
      ValidationError,
    );
    const closed = exportGroupInfo(insider, { tree: true });
    assert.throws(() => joinExternally(suite1, { ...joiner, groupInfo: closed }, none), {
      section: "§12.4.3.2",
    });
    const bad = exportGroupInfo(insider, {
      tree: true,
      extensions: [{ type: 4, data: Buffer.concat([Buffer.of(32), Buffer.alloc(32)]) }],
    });
    assert.throws(() => joinExternally(suite1, { ...joiner, groupInfo: bad }, none), { section: "§5.1.1" });
  });

  it("what the judge of groups refuses", () => {
    const judgeGroup: Policy = { judgeGroup: ({ signer }) => ({ refuse: `signed by ${signer}` }) };
    assert.throws(() => join(tree, judgeGroup), RefusedError);
    const groupInfo = exportGroupInfo(insider, { externalPub: true, tree: true });
    assert.throws(() => joinExternally(suite1, { ...client("j"), groupInfo }, judgeGroup), RefusedError);
  });
});
