import assert from "node:assert/strict";
import { type Username, username } from "../../protocol/names.ts";
import type { Store } from "../store/store.ts";
import { TemporaryStore } from "../store/store-fixture.ts";
import { LastSeen } from "./last-seen.ts";

const [alice, bob] = [username("alice"), username("bob")];

describe("last seen", () => {
  let files: TemporaryStore;
  let store: Store;
  let lastSeen: LastSeen;
  let online: Username[];
  const seen = () => [alice, bob].map((name) => store.directory.find(name)?.lastSeenAt);

  beforeEach(() => {
    files = new TemporaryStore();
    store = files.open();
    for (const name of [alice, bob]) store.directory.enrol(name, new Uint8Array(32), 1000);
    online = [];
    lastSeen = new LastSeen(store, () => online);
  });
  afterEach(() => files.remove());

  it("is written every few seconds, with each person's latest time", () => {
    lastSeen.note(alice, 2000);
    lastSeen.tick(0);
    assert.deepEqual(seen(), [2000, 1000]);
    lastSeen.note(alice, 3000);
    lastSeen.note(alice, 4000);
    lastSeen.note(bob, 4500);
    lastSeen.tick(4999);
    assert.deepEqual(seen(), [2000, 1000], "not yet");
    lastSeen.tick(5000);
    assert.deepEqual(seen(), [4000, 4500]);
  });

  it("is written at once when the server stops, with nobody online", () => {
    online = [bob];
    lastSeen.tick(0);
    lastSeen.note(bob, 2000);
    lastSeen.last();
    assert.deepEqual(seen(), [1000, 2000]);
    assert.equal(store.directory.find(bob)?.online, false);
  });

  it("records who was online some seconds ago", () => {
    const there = () =>
      store.directory
        .list()
        .filter((one) => one.online)
        .map((one) => one.name);
    online = [alice, bob];
    lastSeen.tick(0);
    assert.deepEqual(there(), [alice, bob]);
    online = [bob];
    lastSeen.tick(4999);
    assert.deepEqual(there(), [alice, bob], "not yet");
    lastSeen.tick(5000);
    assert.deepEqual(there(), [bob]);
  });
});
