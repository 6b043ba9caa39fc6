/** Attacks on members who join. */
import assert from "node:assert/strict";
import { insider, NAMES, none } from "./attacked-room-fixture.ts";
import { ascii } from "./bytes.ts";
import { decode, encode } from "./codec.ts";
import { createCommit } from "./commit.ts";
import { CodecError, RefusedError, ValidationError, VerificationError } from "./errors.ts";
import { joinExternally } from "./external-commit.ts";
import { exportGroupInfo } from "./group-info.ts";
import { joinByWelcome } from "./join.ts";
import { add, client, groupAt, packageOf, requireAgreement, roomOf, suite1 } from "./members-fixture.ts";
import { decodeAs, encodeMessage } from "./message.ts";
import type { Policy } from "./policy.ts";
import { ratchetTree, treeFromNodes } from "./tree-codec.ts";
import { leafIndex } from "./tree-math.ts";

describe("MLS attacks on joining members", () => {
  const own = packageOf(client("i"));
  const made = createCommit(insider, { proposals: [add(own)], welcome: {} }, none);
  const welcome = made.welcome ?? ascii("");
  const tree = encode(ratchetTree, made.next.tree);
  const join = (bytes: Uint8Array, policy = none) =>
    joinByWelcome(suite1, welcome, own, policy, decode(ratchetTree, bytes));

  it("joins by an honest Welcome", () => requireAgreement([made.next, join(tree)]));

  it("refuses a Welcome with another tree: of an earlier epoch, of another group, cut, or longer", () => {
    // One more leaf, added without a path: only the tree hash reveals it.
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

  it("refuses malformed trees: a blank last node, a node of the wrong type, too many nodes", () => {
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

  it("refuses a Welcome for another member or suite, or damaged", () => {
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

  it("refuses a GroupInfo with a wrong signature, without an external key, or with one of small order", () => {
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

  it("refuses a group that the policy refuses", () => {
    const judgeGroup: Policy = { judgeGroup: ({ signer }) => ({ refuse: `signed by ${signer}` }) };
    assert.throws(() => join(tree, judgeGroup), RefusedError);
    const groupInfo = exportGroupInfo(insider, { externalPub: true, tree: true });
    assert.throws(() => joinExternally(suite1, { ...client("j"), groupInfo }, judgeGroup), RefusedError);
  });
});
