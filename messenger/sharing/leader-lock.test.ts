import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LeaderLock } from "./leader-lock.ts";

describe("the leader's lock", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-lock-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is held by one window at a time, and by the next once it is released", () => {
    const first = LeaderLock.take(folder);
    assert.ok(first);
    assert.equal(LeaderLock.take(folder), undefined);
    assert.equal(LeaderLock.take(folder), undefined);
    first.release();
    first.release();
    const second = LeaderLock.take(folder);
    assert.ok(second);
    second.release();
  });

  it("is separate for each folder", () => {
    const here = LeaderLock.take(folder);
    const there = LeaderLock.take(join(folder, "new", "deeper"));
    assert.ok(here && there);
    here.release();
    there.release();
  });
});
