import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { MAX_RECORD_PLAINTEXT_BYTES } from "../../protocol/channel/channel.ts";
import { MAX_ONLINE_USERS } from "../../protocol/limits.ts";
import { type Username, username } from "../../protocol/names.ts";
import { decodeBatch } from "../../protocol/wire/batch.ts";
import { Opcode, Presence, UserListSchema, UserSchema } from "../../protocol/wire/parley_pb.ts";
import { Roster } from "./roster.ts";

const identityKey = new Uint8Array(32).fill(7);
const person = (number: number) => username(`person-${number}`.padEnd(32, "x"));

/** Returns the names in both parts of what `told` returns. */
function names({ list, rest }: ReturnType<Roster["listFor"]>) {
  const listed = fromBinary(UserListSchema, list).users.map(({ name }) => name);
  const noticed = rest
    .flatMap((record) => [...decodeBatch(record)])
    .map(({ opcode, body }) => {
      const { name, presence } = fromBinary(UserSchema, body);
      assert.deepEqual([opcode, presence], [Opcode.PRESENCE, Presence.ONLINE]);
      return name;
    });
  return { listed, noticed };
}

describe("Roster", () => {
  it("lists everybody in it except those left out, after any changes", () => {
    const change = fc.record({ number: fc.nat(300), comes: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 400 }),
        fc.array(fc.nat(600)),
        fc.nat(300),
        (changes, but, own) => {
          const roster = new Roster();
          const present = new Set<Username>();
          for (const [at, { number, comes }] of changes.entries()) {
            const name = person(number);
            if (comes) {
              roster.add({ name, identityKey });
              present.add(name);
            } else {
              roster.delete(name);
              present.delete(name);
            }
            if (at % 50 === 0) roster.listFor(person(own), new Set());
          }
          const out = new Set(but.map(person));
          const { listed, noticed } = names(roster.listFor(person(own), out));
          const expected = [...present].filter((name) => name !== person(own) && !out.has(name));
          assert.deepEqual(listed.sort(), expected.sort());
          assert.deepEqual(noticed, []);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("sends people beyond one LIST as PRESENCE, nobody twice, in records that fit", () => {
    const roster = new Roster();
    const everybody = Array.from({ length: MAX_ONLINE_USERS }, (_, number) => person(number));
    for (const name of everybody) roster.add({ name, identityKey });
    const told = roster.listFor(person(3), new Set([person(5_000)]));
    const { listed, noticed } = names(told);
    assert.ok(listed.length > 1900 && noticed.length > 1900);
    for (const { length } of [told.list, ...told.rest]) assert.ok(length + 9 <= MAX_RECORD_PLAINTEXT_BYTES);
    const expected = everybody.filter((name) => name !== person(3) && name !== person(5_000));
    assert.deepEqual([...listed, ...noticed].sort(), expected.sort());
  });

  it("sends nothing when nobody is online", () => {
    const { list, rest } = new Roster().listFor(person(1), new Set());
    assert.deepEqual([list.length, rest.length], [0, 0]);
  });
});
