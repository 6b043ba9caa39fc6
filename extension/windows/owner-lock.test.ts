import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OwnerLock } from "./owner-lock.ts";

describe("the owner's lock", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-lock-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is had by one at a time, and by the next once it is released", () => {
    const first = OwnerLock.take(folder);
    assert.ok(first);
    assert.equal(OwnerLock.take(folder), undefined);
    assert.equal(OwnerLock.take(folder), undefined);
    first.release();
    first.release();
    const second = OwnerLock.take(folder);
    assert.ok(second);
    second.release();
  });

  it("is one a folder", () => {
    const here = OwnerLock.take(folder);
    const there = OwnerLock.take(join(folder, "new", "deeper"));
    assert.ok(here && there);
    here.release();
    there.release();
  });
});
