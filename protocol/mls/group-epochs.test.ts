/** Late messages, spent secrets, and competing commits. */
import assert from "node:assert/strict";
import { exportSecret, seal } from "./application.ts";
import { ascii, wipe } from "./bytes.ts";
import { createCommit } from "./commit.ts";
import { UnavailableError, UsageError } from "./errors.ts";
import type { Group } from "./group.ts";
import { groupAt, type Room, requireAgreement, roomOf, talk } from "./members-fixture.ts";
import { merge } from "./next-epoch.ts";
import type { Policy } from "./policy.ts";
import { contextAfter, receive } from "./receive.ts";
import { storedChanges } from "./store.ts";

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

/** Returns every byte of a group that storing it would write. */
const bytesOf = (group: Group) => structuredClone(storedChanges(undefined, group).put);

describe("MLS epochs", () => {
  it("opens late messages of earlier epochs, in any order, each once", () => {
    let [a, b] = roomOf(["a", "b"]) as [Room[0] & object, Room[0] & object];
    const late: Uint8Array[] = [];
    for (let epoch = 0; epoch < 6; epoch++) {
      for (const text of ["one", "two"]) {
        const sealed = seal(a, ascii(`${text} in ${epoch}`));
        a = sealed.next;
        late.push(sealed.message);
      }
      const made = createCommit(a, {}, {});
      const result = receive(b, made.message, {});
      assert(result.type === "commit");
      [a, b] = [made.next, result.next];
    }
    // Four past epochs are kept: the first two have been dropped.
    for (const [i, message] of [...late.entries()].reverse()) {
      if (i < 4) {
        assert.throws(() => receive(b, message, {}), { reason: "epoch-behind" });
        continue;
      }
      const result = receive(b, message, {});
      assert(result.type === "application");
      assert.equal(Buffer.from(result.data).toString(), `${i % 2 ? "two" : "one"} in ${Math.floor(i / 2)}`);
      b = result.next;
      assert.throws(() => receive(b, message, {}), UnavailableError);
    }
  });

  it("derives the context after a commit without its secrets", () => {
    const room = roomOf(["a", "b", "c"]);
    const made = createCommit(groupAt(room, 0), {}, {});
    assert.deepEqual(contextAfter(groupAt(room, 1), made.message, {}), made.next.context);
  });

  it("continues when another member's commit was accepted instead of its own", () => {
    const room = roomOf(["a", "b", "c"]);
    const lost = createCommit(groupAt(room, 0), {}, {});
    const won = createCommit(groupAt(room, 1), {}, {});
    const next = [lost.current, won.next, groupAt(room, 2)].map((group, i) => {
      if (i === 1) return group;
      const result = receive(group, won.message, {});
      assert(result.type === "commit");
      return result.next;
    });
    requireAgreement(talk(next));
  });

  it("merges its own commit with messages opened since: those do not open again, late ones still do", () => {
    const [a, b] = roomOf(["a", "b"]) as [Room[0] & object, Room[0] & object];
    const one = seal(b, ascii("one"));
    const two = seal(one.next, ascii("two"));
    const made = createCommit(a, {}, {});
    const opened = receive(made.current, one.message, {});
    assert(opened.type === "application");
    const { next } = merge(opened.next, made.next);
    assert.throws(() => receive(next, one.message, {}), UnavailableError);
    assert.equal(receive(next, two.message, {}).type, "application");
    assert.throws(() => merge(next, made.next), UsageError);
    requireAgreement([next, ...received([b], made.message)]);
  });

  it("keeps neither its own nor any handshake ratchet of a past epoch", () => {
    const [a] = talk(roomOf(["a", "b"]));
    assert(a);
    const [past] = createCommit(a, {}, {}).next.past;
    const [own, others] = past?.secretTree.ratchets ?? [];
    assert.equal(own, undefined);
    assert.equal(others?.handshake, undefined);
    assert(others?.application);
    assert.equal(past?.secretTree.secrets.filter((secret) => secret !== undefined).length, 0);
  });

  it("is immutable: an operation whose result was not stored can be repeated", () => {
    const [alice, bob] = talk(roomOf(["a", "b"])) as [Room[0] & object, Room[0] & object];
    const one = seal(alice, ascii("one"));
    const two = seal(one.next, ascii("two"));
    const skipping = receive(bob, two.message, {});
    assert(skipping.type === "application");
    const ours = createCommit(bob, {}, {});
    const theirs = createCommit(two.next, {}, {});
    const after = receive(skipping.next, theirs.message, {});
    assert(after.type === "commit");
    const late = seal(two.next, ascii("late"));
    const operations: readonly (readonly [string, Room[0] & object, (group: Room[0] & object) => unknown])[] =
      [
        ["sealing", alice, (group) => seal(group, ascii("two")).next.ownLeaf],
        ["opening what is next", bob, (group) => receive(group, one.message, {}).type],
        ["opening past what is missing", bob, (group) => receive(group, two.message, {}).type],
        ["opening what came late", skipping.next, (group) => receive(group, one.message, {}).type],
        ["opening what came late, an epoch on", after.next, (group) => receive(group, one.message, {}).type],
        [
          "opening what was never missed, an epoch on",
          after.next,
          (group) => receive(group, late.message, {}).type,
        ],
        ["looking where a commit leads", skipping.next, (group) => contextAfter(group, theirs.message, {})],
        ["opening a commit", skipping.next, (group) => receive(group, theirs.message, {}).type],
        ["making a commit", skipping.next, (group) => createCommit(group, {}, {}).next.context.epoch],
        ["merging a commit", ours.current, (group) => merge(group, ours.next).next.context.epoch],
        ["exporting", bob, (group) => exportSecret(group, "test", new Uint8Array(), 32)],
      ];
    for (const [name, group, operation] of operations) {
      const before = bytesOf(group);
      const result = operation(group);
      assert.deepEqual(bytesOf(group), before, `${name} changed the group it was given`);
      assert.deepEqual(operation(group), result, `${name} a second time`);
    }
  });

  it("continues after the spent secrets were overwritten", () => {
    let [a, b] = roomOf(["a", "b"]) as [Room[0] & object, Room[0] & object];
    for (let i = 0; i < 8; i++) {
      const sealed = seal(a, ascii(`${i}`));
      const opened = receive(b, sealed.message, {});
      assert(opened.type === "application");
      wipe(...sealed.spent, ...opened.spent);
      const made = createCommit(sealed.next, {}, {});
      const result = receive(opened.next, made.message, {});
      assert(result.type === "commit");
      const merged = merge(made.current, made.next);
      wipe(...made.spent, ...merged.spent, ...result.spent);
      [a, b] = [merged.next, result.next];
      requireAgreement([a, b]);
    }
    // Past epochs' keys that are still kept open messages: they were not overwritten with the spent ones.
    const late = seal(a, ascii("late"));
    for (let i = 0; i < 3; i++) {
      const made = createCommit(a, {}, {});
      const result = receive(b, made.message, {});
      assert(result.type === "commit");
      const merged = merge(made.current, made.next);
      wipe(...merged.spent, ...result.spent);
      [a, b] = [merged.next, result.next];
    }
    const opened = receive(b, late.message, {});
    assert(opened.type === "application");
    assert.deepEqual(opened.data, ascii("late"));
  });
});
