/** Proposals that may not be committed, and refusals by the policy. */
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
import { createCommit } from "./commit.ts";
import { CodecError, RefusedError, ValidationError } from "./errors.ts";
import { forgeExternalCommit, type Spoil } from "./forgery-fixture.ts";
import type { FramedContent } from "./framing.ts";
import { createKeyPackage } from "./key-package.ts";
import { ANY_TIME, add, client, groupAt, packageOf, ROOM_STATE, suite1 } from "./members-fixture.ts";
import type { Policy } from "./policy.ts";
import type { Proposal } from "./proposal.ts";
import { proposeUpdate } from "./propose.ts";
import { receive } from "./receive.ts";
import { treeHash } from "./tree-hash.ts";
import { leafIndex } from "./tree-math.ts";

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
    it(`refuses a commit with ${what}`, () => {
      // Most of these trees cannot be built: the proposals are only put into the commit, not applied.
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

  /** Makes a new KeyPackage with the signature key of a member. */
  function memberAgain() {
    const leaf = insider.tree.leaf(insider.ownLeaf);
    assert(leaf);
    return createKeyPackage(suite1, leaf, insider.signaturePrivateKey, ANY_TIME);
  }

  it("refuses a commit with a PSK that only a new group may use", () => {
    for (const usage of ["reinit", "branch"] as const) {
      const id = { psk: { type: "resumption", usage, groupId, epoch: 1n }, nonce: random(32) } as const;
      const message = forged({ proposals: [{ type: "psk", psk: id }], path: false, policy });
      refusedBy(others, message, ValidationError, "§12.1.4", policy);
    }
  });

  it("refuses a reference to an unknown proposal", () => {
    refusedBy(others, forged({ references: [random(32)] }), ValidationError, "§12.4");
  });

  it("refuses a proposal of an unknown type", () => {
    const message = forged({ proposals: [remove(1)] });
    const at = Buffer.from(message).indexOf(Buffer.from("010003", "hex")); // by value, remove
    const custom = message.slice();
    custom.set([0xf1, 0x23], at + 1);
    refusedBy(others, custom, CodecError, "RFC 9420 §2.1");
  });

  it("refuses a PSK, a ReInit and any other change that the policy refuses", () => {
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

  it("gives the policy the committer, both trees, and the leaves added and removed", () => {
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

  it("refuses KeyPackages that each break one rule", () => {
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

  it("refuses an external commit with a forbidden proposal, two Removes, or no ExternalInit", () => {
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
