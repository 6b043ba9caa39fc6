import assert from "node:assert/strict";
import type { Settings } from "../store/store.ts";
import { TemporaryStore } from "../store/store-fixture.ts";
import { askToStop, beginRun, latestRun } from "./runs.ts";

describe("runs of a server", () => {
  let files: TemporaryStore;
  let settings: Settings;
  beforeEach(() => {
    files = new TemporaryStore();
    ({ settings } = files.open());
  });
  afterEach(() => files.remove());

  it("have names of their own, and the first follows on none", () => {
    const [first, second] = [beginRun(settings), beginRun(settings)];
    assert.match(first.id, /^[0-9a-f]{32}$/);
    assert.notEqual(first.id, second.id);
    assert.equal(first.follows, undefined);
    assert.equal(latestRun(settings), second.id);
  });

  it("follow on one that ended cleanly", () => {
    const first = beginRun(settings);
    first.end();
    const second = beginRun(settings);
    assert.equal(second.follows, first.id);
  });

  it("follow on none that was killed, also after one that ended cleanly", () => {
    beginRun(settings).end();
    beginRun(settings);
    assert.equal(beginRun(settings).follows, undefined);
  });

  it("are asked to stop one by one", () => {
    const [first, second] = [beginRun(settings), beginRun(settings)];
    askToStop(settings, second.id);
    assert.deepEqual([first.isAskedToStop, second.isAskedToStop], [false, true]);
  });
});
