/** Insiders' attacks with a path. All members refuse for the same reason, and keep their state. */
import assert from "node:assert/strict";
import { forged, insider, none, others, refusedBy, remove } from "./attacked-room-fixture.ts";
import { ascii, random } from "./bytes.ts";
import { ValidationError, VerificationError } from "./errors.ts";
import type { Spoil } from "./forgery-fixture.ts";
import { ANY_TIME, type Room } from "./members-fixture.ts";
import { contextAfter, receive } from "./receive.ts";

describe("MLS attacks: paths", () => {
  it("refuses garbage path secrets at the members who get them, who keep their state and can compute the next context", () => {
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

  it("refuses a wrong parent hash in the committer's leaf", () => {
    const source = { type: "commit", parentHash: random(32) } as const;
    refusedBy(others, forged({ leaf: (leaf) => ({ ...leaf, source }) }), ValidationError, "§7.9.2");
  });

  it("refuses a leaf of the wrong source, at another index, or unsigned", () => {
    const lifetime = { type: "key_package", lifetime: ANY_TIME } as const;
    refusedBy(others, forged({ leaf: (leaf) => ({ ...leaf, source: lifetime }) }), ValidationError, "§7.3");
    const unsigned = (path: { leafNode: object }) => ({
      ...path,
      leafNode: { ...path.leafNode, signature: random(64) },
    });
    refusedBy(others, forged({ sentPath: unsigned as never }), VerificationError, "§5.1.2");
  });

  it("refuses a path that is too short, too long, or encrypted to too few or too many", () => {
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

  it("refuses a key that nobody can encrypt to: of another length, or of small order", () => {
    for (const key of [ascii("short"), new Uint8Array(32)]) {
      refusedBy(others, forged({ keys: ([, ...rest]) => [key, ...rest] }), ValidationError, "§5.1.1");
      refusedBy(others, forged({ leafKey: key }), ValidationError, "§5.1.1");
    }
  });

  it("refuses a duplicate key in one path, and the leaf's previous key", () => {
    refusedBy(
      others,
      forged({ keys: ([first, , ...rest]) => [first, first, ...rest] as never }),
      ValidationError,
      "§12.4.2",
    );
    const before = insider.tree.leaf(insider.ownLeaf)?.encryptionKey ?? ascii("");
    refusedBy(others, forged({ leafKey: before }), ValidationError, "§7.3");
  });

  it("refuses a missing path where one is required: an empty commit, a Remove", () => {
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
