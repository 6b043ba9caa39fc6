import assert from "node:assert/strict";
import { seal } from "./application.ts";
import { ascii, equal } from "./bytes.ts";
import { CodecError, MlsError } from "./errors.ts";
import type { Group } from "./group.ts";
import {
  addTo,
  client,
  commitIn,
  groupAt,
  groupOf,
  type Room,
  requireAgreement,
  roomOf,
} from "./members-fixture.ts";
import { proposeUpdate } from "./propose.ts";
import { receive } from "./receive.ts";
import { restoreGroup } from "./restore.ts";
import { type Changes, storedChanges } from "./store.ts";
import { cipherSuites } from "./suite.ts";

/** A table of rows, as in a store. */
class Rows {
  readonly parts = new Map<string, Uint8Array>();
  #stored: Group | undefined;

  /**
   * Writes a group.
   * @returns the parts that were written
   */
  save(group: Group): Changes {
    const changes = storedChanges(this.#stored, group);
    for (const name of changes.remove) assert(!changes.put.has(name), `${name} is put and removed`);
    for (const [name, bytes] of changes.put) this.parts.set(name, bytes.slice());
    for (const name of changes.remove) assert(this.parts.delete(name), `${name} was not stored`);
    this.#stored = group;
    return changes;
  }

  load(): Group {
    return restoreGroup(cipherSuites(), this.parts);
  }
}

const bytesOf = ({ put }: Changes): number =>
  [...put].reduce((sum, [name, bytes]) => sum + name.length + bytes.length, 0);

/** Asserts that the rows are the same as when the group is stored at once. */
function requireSame(rows: Rows, group: Group): void {
  const whole = storedChanges(undefined, group);
  assert.deepEqual([...rows.parts.keys()].sort(), [...whole.put.keys()].sort());
  for (const [name, bytes] of whole.put) assert(equal(rows.parts.get(name) ?? ascii("-"), bytes), name);
  assert.deepEqual([...storedChanges(undefined, rows.load()).put].sort(), [...whole.put].sort());
}

describe("MLS group, stored in parts", () => {
  it("is restored unchanged after every operation, and continues", () => {
    let room: Room = [groupOf(client("a"))];
    const rows = new Rows();
    const step = (next: Room) => {
      room = next;
      rows.save(groupAt(room, 0));
      requireSame(rows, groupAt(room, 0));
      room = [rows.load(), ...room.slice(1)];
      // The restored value shares nothing with the stored one: later changes are determined against the
      // restored value.
      rows.save(groupAt(room, 0));
    };
    step(room);
    step(addTo(room, 0, [client("b"), client("c")]));
    for (let i = 0; i < 6; i++) {
      step(said(room, 1, 0, [3, 1]));
      step(commitIn(room, i % 3, {}).room);
      requireAgreement(room);
    }
    step(commitIn(room, 1, { proposals: [{ type: "remove", removed: groupAt(room, 2).ownLeaf }] }).room);
    const update = proposeUpdate(groupAt(room, 0));
    const received = receive(groupAt(room, 1), update.message, {});
    assert(received.type === "proposal");
    step([update.next, received.next]);
    step(commitIn(room, 1, {}).room);
    requireAgreement(room);
  });

  /**
   * Sends several messages from one member, of which another opens some, in the order of `arrive`.
   * @returns the room afterwards
   */
  function said(room: Room, from: number, to: number, arrive: readonly number[]): Room {
    const views = [...room];
    const messages = [0, 1, 2, 3].map((i) => {
      const sealed = seal(groupAt(views, from), ascii(`${i}`));
      views[from] = sealed.next;
      return sealed.message;
    });
    for (const i of arrive) {
      const received = receive(groupAt(views, to), messages[i] ?? ascii(""), {});
      assert(received.type === "application");
      views[to] = received.next;
    }
    return views;
  }

  it("writes one ratchet for a message, in a group of any size", () => {
    const names = Array.from({ length: 200 }, (_, i) => `m${i}`);
    const room = roomOf(names.slice(0, 2));
    const large = addTo(
      room,
      0,
      names
        .slice(2)
        .map((name) => client(name))
        .slice(0, 70),
    );
    for (const members of [room, large]) {
      const rows = new Rows();
      rows.save(groupAt(members, 1));
      let [a, b] = [groupAt(members, 0), groupAt(members, 1)];
      for (let i = 0; i < 3; i++) {
        const sealed = seal(a, ascii("x"));
        a = sealed.next;
        const received = receive(b, sealed.message, {});
        assert(received.type === "application");
        b = received.next;
        const written = bytesOf(rows.save(b));
        // A leaf's first message derives its ratchets, and a secret for each level.
        assert(written <= (i === 0 ? 2048 : 128), `${written} bytes`);
      }
      requireSame(rows, b);
    }
  });

  it("writes the nodes of the path for a commit, not the whole tree", () => {
    const room = roomOf(Array.from({ length: 33 }, (_, i) => `m${i}`));
    const rows = new Rows();
    rows.save(groupAt(room, 5));
    const { room: next } = commitIn(commitIn(room, 6, {}).room, 7, {});
    rows.save(groupAt(next, 5));
    const { room: third } = commitIn(next, 6, {});
    const { put } = rows.save(groupAt(third, 5));
    const nodes = [...put.keys()].filter((name) => name.startsWith("node/"));
    assert(nodes.length <= 7, `${nodes.length} nodes`);
  });

  it("holds no used-up secret", () => {
    const room = roomOf(["a", "b"]);
    const rows = new Rows();
    let [a, b] = [groupAt(room, 0), groupAt(room, 1)];
    rows.save(b);
    for (let i = 0; i < 12; i++) {
      const sealed = seal(a, ascii("x"));
      const opened = receive(b, sealed.message, {});
      assert(opened.type === "application");
      const made = commitIn([sealed.next, opened.next], i % 2, {});
      const spent = [...opened.spent.map((one) => one.slice())];
      [a, b] = [groupAt(made.room, 0), groupAt(made.room, 1)];
      rows.save(b);
      for (const secret of spent)
        for (const [name, bytes] of rows.parts)
          assert(!Buffer.from(bytes).includes(Buffer.from(secret)), `${name} holds what was spent`);
    }
  });

  it("refuses anything but a stored group", () => {
    const rows = new Rows();
    rows.save(groupAt(roomOf(["a", "b", "c"]), 1));
    const without = new Map(rows.parts);
    without.delete("group");
    assert.throws(() => restoreGroup(cipherSuites(), without), CodecError);
    for (const [name, bytes] of rows.parts) {
      if (name.startsWith("secret/")) continue;
      const cut = new Map(rows.parts).set(name, bytes.slice(0, -1));
      assert.throws(() => restoreGroup(cipherSuites(), cut), MlsError, name);
    }
  });
});
