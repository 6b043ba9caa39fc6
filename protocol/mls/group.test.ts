/** Groups of our own members, with every suite. */
import assert from "node:assert/strict";
import { seal } from "./application.ts";
import { ascii, random } from "./bytes.ts";
import { encode } from "./codec.ts";
import { createCommit } from "./commit.ts";
import { UsageError, ValidationError } from "./errors.ts";
import { EXTENSION, externalSenders, requiredCapabilities } from "./extension.ts";
import { joinExternally } from "./external-commit.ts";
import { signContent } from "./framing.ts";
import { exportGroupInfo } from "./group-info.ts";
import { joinByWelcome } from "./join.ts";
import {
  add,
  addTo,
  client,
  commitIn,
  groupAt,
  groupOf,
  packageOf,
  ROOM_STATE,
  type Room,
  requireAgreement,
  roomOf,
  suite1,
  talk,
} from "./members-fixture.ts";
import { encodeMessage } from "./message.ts";
import { portableMlKem } from "./ml-kem.ts";
import type { Policy } from "./policy.ts";
import { propose, proposeUpdate } from "./propose.ts";
import { receive } from "./receive.ts";
import { cipherSuites } from "./suite.ts";
import { encodeNode, treeFromNodes } from "./tree-codec.ts";
import { nodeIndex } from "./tree-math.ts";
import { xWingOn } from "./x-wing.ts";

const suites = [...cipherSuites().values(), [...cipherSuites(xWingOn(portableMlKem)).values()].at(-1)];
for (const suite of suites.filter((one) => one !== undefined))
  describe(`MLS group, suite ${suite.number.toString(16)}`, () => {
    it("adds, sends, updates, removes, and is joined by an external commit", () => {
      let room = roomOf(["a", "b", "c", "d", "e"], suite);
      requireAgreement(room);
      room = talk(room);
      room = commitIn(room, 3, {}).room;
      requireAgreement(room);
      room = commitIn(room, 1, { proposals: [{ type: "remove", removed: groupAt(room, 2).ownLeaf }] }).room;
      assert.equal(room.length, 4);
      requireAgreement(room);
      room = addTo(room, 2, [client("f", suite), client("g", suite)]);
      requireAgreement(room);
      const outside = client("h", suite);
      const joined = joinExternally(
        suite,
        { ...outside, groupInfo: exportGroupInfo(groupAt(room, 1), { externalPub: true, tree: true }) },
        {},
      );
      room = [...received(room, joined.message), joined.next];
      requireAgreement(room);
      talk(room);
    });
  });

/**
 * Delivers a commit from outside the room.
 * @returns the room afterwards
 */
function received(room: Room, message: Uint8Array, policy: Policy = {}): Room {
  return room.flatMap((group) => {
    const result = receive(group, message, policy);
    return result.type === "commit" ? [result.next] : [];
  });
}

describe("MLS group", () => {
  it("commits proposals that were sent separately, in clear or encrypted", () => {
    for (const format of ["mls_public_message", "mls_private_message"] as const) {
      let room = roomOf(["a", "b", "c", "d"]);
      const newcomer = packageOf(client("e"));
      for (const make of [
        () => propose(groupAt(room, 1), add(newcomer), { format }),
        () => proposeUpdate(groupAt(room, 2), {}, { format }),
      ]) {
        const made = make();
        room = room.map((group) => {
          if (group.ownLeaf === made.next.ownLeaf) return made.next;
          const result = receive(group, made.message, {});
          assert(result.type === "proposal");
          return result.next;
        });
      }
      assert.throws(() => seal(groupAt(room, 0), ascii("too early")), UsageError);
      const { room: next, welcome } = commitIn(room, 0, { format });
      assert(welcome);
      const joined = joinByWelcome(suite1, welcome, newcomer, {});
      requireAgreement(talk([...next, joined]));
    }
  });

  it("changes its context's extensions for all members, with a path", () => {
    let room = roomOf(["a", "b", "c"]);
    const data = ascii("a room's state");
    const extensions = [{ type: ROOM_STATE, data }];
    const made = commitIn(room, 1, { proposals: [{ type: "group_context_extensions", extensions }] });
    room = made.room;
    requireAgreement(room);
    assert.deepEqual(groupAt(room, 2).context.extensions, extensions);
  });

  it("changes a member's signature key, by a commit and by an Update", () => {
    let room = roomOf(["a", "b", "c"]);
    for (const how of ["commit", "update"]) {
      const { leaf, signaturePrivateKey } = client("a");
      const change = { signatureKey: leaf.signatureKey };
      if (how === "commit") room = commitIn(room, 0, { leaf: change, signaturePrivateKey }).room;
      else {
        const made = proposeUpdate(groupAt(room, 0), { ...change, signaturePrivateKey });
        const others = room.slice(1).map((group) => {
          const result = receive(group, made.message, {});
          assert(result.type === "proposal");
          return result.next;
        });
        room = commitIn([made.next, ...others], 1, {}).room;
      }
      assert.deepEqual(groupAt(room, 1).tree.leaf(groupAt(room, 0).ownLeaf)?.signatureKey, leaf.signatureKey);
      requireAgreement(room);
      room = talk(room);
    }
  });

  it("accepts PSKs: external ones, and resumption PSKs of an earlier epoch", () => {
    let room = roomOf(["a", "b"]);
    const before = groupAt(room, 0).context;
    room = commitIn(room, 1, {}).room;
    const id = ascii("a PSK");
    const policy: Policy = { psk: ({ psk }) => (psk.type === "external" ? ascii("its secret") : undefined) };
    const nonce = () => random(32);
    const resumption = {
      type: "resumption",
      usage: "application",
      groupId: before.groupId,
      epoch: before.epoch,
    } as const;
    room = commitIn(
      room,
      0,
      {
        path: false,
        proposals: [
          { type: "psk", psk: { psk: { type: "external", id }, nonce: nonce() } },
          { type: "psk", psk: { psk: resumption, nonce: nonce() } },
        ],
      },
      policy,
    ).room;
    requireAgreement(talk(room));
    const one = createCommit(
      groupAt(room, 0),
      { proposals: [{ type: "psk", psk: { psk: { type: "external", id }, nonce: nonce() } }] },
      policy,
    );
    assert.throws(() => receive(groupAt(room, 1), one.message, {}), ValidationError);
    const other: Policy = { psk: () => ascii("another secret") };
    assert.throws(() => receive(groupAt(room, 1), one.message, other), /confirmation tag/);
  });

  it("is over after a ReInit", () => {
    let room = roomOf(["a", "b"]);
    const { groupId, extensions, version, cipherSuite } = groupAt(room, 0).context;
    room = commitIn(room, 0, {
      proposals: [{ type: "reinit", groupId, extensions, version, cipherSuite }],
    }).room;
    for (const group of room) {
      assert(group.reinit);
      assert.throws(() => seal(group, ascii("more")), UsageError);
      assert.throws(() => createCommit(group, {}, {}), UsageError);
    }
  });

  it("tells a member that a commit removes it, also when an Add reuses its leaf", () => {
    const room = roomOf(["a", "b", "c"]);
    const removed = groupAt(room, 1).ownLeaf;
    const newcomer = packageOf(client("d"));
    const made = createCommit(
      groupAt(room, 0),
      { proposals: [{ type: "remove", removed }, add(newcomer)] },
      {},
    );
    assert.equal(receive(groupAt(room, 1), made.message, {}).type, "removed");
    const joined = joinByWelcome(suite1, made.welcome ?? ascii(""), newcomer, {});
    assert.equal(joined.ownLeaf, removed);
    const other = receive(groupAt(room, 2), made.message, {});
    assert(other.type === "commit");
    requireAgreement([made.next, other.next, joined]);
  });

  it("derives the commit secret from the path's end when the left half is blank and the root is not on the path", () => {
    let room = roomOf(["a", "b", "c", "d"]);
    const removed = [0, 1].map((i) => ({ type: "remove", removed: groupAt(room, i).ownLeaf }) as const);
    const made = createCommit(groupAt(room, 2), { proposals: removed }, {});
    const last = made.next.tree.filteredDirectPath(made.next.ownLeaf).at(-1);
    assert(last && last.node !== made.next.tree.root);
    room = commitIn(room, 2, { proposals: removed }).room;
    requireAgreement(talk(addTo(commitIn(room, 1, {}).room, 0, [client("e")])));
  });

  it("lets a member rejoin in place of its old leaf", () => {
    let room = roomOf(["a", "b", "c", "d"]);
    const lost = groupAt(room, 2);
    const back = { ...client("c"), remove: lost.ownLeaf };
    const groupInfo = exportGroupInfo(groupAt(room, 0), { externalPub: true, tree: true });
    const joined = joinExternally(suite1, { ...back, groupInfo }, {});
    assert.equal(receive(lost, joined.message, {}).type, "removed");
    room = [...received(room, joined.message), joined.next];
    assert.equal(room.length, 4);
    requireAgreement(talk(room));
  });

  it("is joined with a tree that is stored separately, one row for each node", () => {
    const room = roomOf(["a", "b", "c", "d", "e"]);
    const newcomer = packageOf(client("f"));
    const made = commitIn(room, 4, { proposals: [add(newcomer)], welcome: {} });
    const { tree } = made.next;
    const rows = [...Array(tree.width).keys()].flatMap((x) => {
      const node = encodeNode(tree, nodeIndex(x));
      return node === undefined ? [] : [[x, node] as const];
    });
    assert.throws(() => joinByWelcome(suite1, made.welcome ?? ascii(""), newcomer, {}), ValidationError);
    const joined = joinByWelcome(suite1, made.welcome ?? ascii(""), newcomer, {}, treeFromNodes(rows));
    requireAgreement([...made.room, joined]);
  });

  it("accepts proposals of the context's external senders, and a newcomer's own Add", () => {
    const service = client("a service");
    const { signatureKey, credential } = service.leaf;
    const data = encode(externalSenders, [{ signatureKey, credential }]);
    let room: Room = [groupOf(client("a"), [{ type: EXTENSION.externalSenders, data }])];
    room = addTo(room, 0, [client("b"), client("c")]);
    const { context } = groupAt(room, 0);
    const newcomer = packageOf(client("d"));
    const fromOutside = (
      sender: { type: "external"; senderIndex: number } | { type: "new_member_proposal" },
      proposal: Parameters<typeof propose>[1],
      key: Uint8Array,
    ) => {
      const content = {
        groupId: context.groupId,
        epoch: context.epoch,
        sender,
        authenticatedData: ascii(""),
        content: { type: "proposal", proposal },
      } as const;
      const format = "mls_public_message";
      const signature = signContent(suite1, key, format, content, context);
      const auth = { signature, confirmationTag: undefined };
      return encodeMessage({
        wireFormat: format,
        publicMessage: { content, auth, membershipTag: undefined },
      });
    };
    const service0 = { type: "external", senderIndex: 0 } as const;
    const remove = { type: "remove", removed: groupAt(room, 2).ownLeaf } as const;
    const joining = { type: "new_member_proposal" } as const;
    const init = { type: "external_init", kemOutput: ascii("x") } as const;
    for (const [bad, section] of [
      [fromOutside({ type: "external", senderIndex: 1 }, remove, service.signaturePrivateKey), "§6.1"],
      [fromOutside(service0, remove, newcomer.signaturePrivateKey), "§5.1.2"],
      [fromOutside(service0, init, service.signaturePrivateKey), "§12.1.8"],
      [fromOutside(joining, remove, newcomer.signaturePrivateKey), "§6.1"],
    ] as const)
      assert.throws(() => receive(groupAt(room, 0), bad, {}), { section });
    assert.throws(() => receive(groupAt(room, 0), propose(groupAt(room, 1), init).message, {}), {
      section: "§12.1.6",
    });
    for (const message of [
      fromOutside(service0, remove, service.signaturePrivateKey),
      fromOutside(joining, add(newcomer), newcomer.signaturePrivateKey),
    ])
      room = room.map((group) => {
        const result = receive(group, message, {});
        assert(result.type === "proposal");
        return result.next;
      });
    const { room: next, welcome } = commitIn(room, 1, {});
    requireAgreement([...next, joinByWelcome(suite1, welcome ?? ascii(""), newcomer, {})]);
  });

  it("requires of members the capabilities that its context requires", () => {
    const numbers = { extensionTypes: [ROOM_STATE], proposalTypes: [], credentialTypes: [1] };
    const required = (more: object) => [
      { type: EXTENSION.requiredCapabilities, data: encode(requiredCapabilities, { ...numbers, ...more }) },
    ];
    const room = addTo([groupOf(client("a"), required({}))], 0, [client("b")]);
    const poor = client("c");
    const without = {
      ...poor,
      leaf: { ...poor.leaf, capabilities: { ...poor.leaf.capabilities, extensions: [] } },
    };
    assert.throws(() => addTo(room, 0, [without]), /§7.3/);
    const change = {
      type: "group_context_extensions",
      extensions: required({ proposalTypes: [0xf123] }),
    } as const;
    assert.throws(() => commitIn(room, 0, { proposals: [change] }), /§12.1.7|§7.3/);
  });
});
