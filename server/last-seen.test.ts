import assert from "node:assert/strict";
import { username } from "../protocol/names.ts";
import { LastSeen } from "./last-seen.ts";
import type { Store } from "./store/store.ts";
import { TemporaryStore } from "./store/store-fixture.ts";

const [alice, bob] = [username("alice"), username("bob")];

describe("last seen", () => {
  let files: TemporaryStore;
  let store: Store;
  let lastSeen: LastSeen;
  const seen = () => [alice, bob].map((name) => store.directory.find(name)?.lastSeenAt);

  beforeEach(() => {
    files = new TemporaryStore();
    store = files.open();
    for (const name of [alice, bob]) store.directory.enrol(name, new Uint8Array(32), 1000);
    lastSeen = new LastSeen(store);
  });
  afterEach(() => files.remove());

  it("is written every few seconds, the latest of each", () => {
    lastSeen.note(alice, 2000);
    lastSeen.tick(0);
    assert.deepEqual(seen(), [2000, undefined]);
    lastSeen.note(alice, 3000);
    lastSeen.note(alice, 4000);
    lastSeen.note(bob, 4500);
    lastSeen.tick(4999);
    assert.deepEqual(seen(), [2000, undefined], "not yet");
    lastSeen.tick(5000);
    assert.deepEqual(seen(), [4000, 4500]);
  });

  it("is written at once when that is asked for", () => {
    lastSeen.note(bob, 2000);
    lastSeen.writeAll();
    assert.deepEqual(seen(), [undefined, 2000]);
  });
});
