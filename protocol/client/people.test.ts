import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { ProtocolError } from "../errors.ts";
import { MAX_ONLINE_USERS } from "../limits.ts";
import { username } from "../names.ts";
import { Presence, UserListSchema, UserSchema } from "../wire/parley_pb.ts";
import { NOBODY, People, readUserList } from "./people.ts";

const key = new Uint8Array(32).fill(7);
const SELF = username("me");
const list = (...names: string[]) =>
  toBinary(
    UserListSchema,
    create(UserListSchema, { users: names.map((name) => ({ name, identityKey: key })) }),
  );
const presence = (name: string, value: Presence, identityKey = key) =>
  toBinary(UserSchema, create(UserSchema, { name, presence: value, identityKey }));
const badMessage = (error: unknown) => error instanceof ProtocolError && error.code === "bad-message";

describe("people online", () => {
  it("are those of the list", () => {
    assert.deepEqual([...readUserList(list("alice", "bob")).keys()], ["alice", "bob"]);
    assert.equal(readUserList(list()).size, 0);
  });

  it("come, change and go by PRESENCE; a map handed out before does not change", () => {
    const people = new People(readUserList(list("alice")), SELF);
    const changed = (body: Uint8Array) => {
      people.change(body);
      return people.snapshot;
    };
    const before = people.snapshot;
    const both = changed(presence("bob", Presence.ONLINE));
    const newKey = changed(presence("bob", Presence.ONLINE, new Uint8Array(32).fill(8)));
    const gone = changed(presence("alice", Presence.OFFLINE, new Uint8Array()));
    assert.deepEqual([...before.keys()], ["alice"]);
    assert.deepEqual([...both.keys()], ["alice", "bob"]);
    assert.equal(newKey.get(username("bob"))?.identityKey[0], 8);
    assert.deepEqual([...gone.keys()], ["bob"]);
    assert.equal(NOBODY.size, 0);
  });

  it("never include the client's own user", () => {
    const people = new People(readUserList(list("alice", SELF)), SELF);
    people.change(presence(SELF, Presence.ONLINE));
    assert.deepEqual([...people.snapshot.keys()], ["alice"]);
    people.change(presence(SELF, Presence.OFFLINE));
    assert.deepEqual([...people.snapshot.keys()], ["alice"]);
  });

  it("are only the first of a list longer than a client shows", () => {
    const names = Array.from({ length: MAX_ONLINE_USERS }, (_, number) => `user${number}`);
    const everybody = readUserList(list(...names, "bob"));
    assert.equal(everybody.size, MAX_ONLINE_USERS);
    assert.ok(!everybody.has(username("bob")));
    const people = new People(everybody, SELF);
    people.change(presence("user1", Presence.ONLINE, new Uint8Array(32).fill(8))); // The same user, again.
    assert.equal(people.snapshot.get(username("user1"))?.identityKey[0], 8);
    people.change(presence("bob", Presence.ONLINE));
    assert.equal(people.snapshot.size, MAX_ONLINE_USERS);
    assert.ok(!people.snapshot.has(username("bob")));
    people.change(presence("user1", Presence.OFFLINE));
    people.change(presence("bob", Presence.ONLINE));
    assert.ok(people.snapshot.has(username("bob")));
  });

  it("leave out a bad name, a short key, a duplicate name and an unknown presence, and keep the line up", () => {
    assert.deepEqual(
      [...readUserList(list("alice", "../alice", "alice", "", "bob")).keys()],
      ["alice", "bob"],
    );
    const people = new People(readUserList(list("alice")), SELF);
    for (const body of [
      presence("bob", Presence.ONLINE, new Uint8Array(31)),
      presence("bob", 9 as Presence),
      presence("", Presence.OFFLINE),
      presence("ALICE", Presence.OFFLINE),
      presence("x".repeat(33), Presence.ONLINE),
    ])
      people.change(body);
    assert.deepEqual([...people.snapshot.keys()], ["alice"]);
  });

  it("are refused when the body does not parse", () => {
    assert.throws(() => readUserList(new Uint8Array([0xff])), badMessage);
    assert.throws(() => new People(NOBODY, SELF).change(new Uint8Array([0xff])), badMessage);
  });
});
