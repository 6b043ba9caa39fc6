import assert from "node:assert/strict";
import {
  acceptChangedKey,
  judgeKey,
  keepPinnedKey,
  markVerified,
  noteChangedKey,
  pinKey,
  STRANGER,
  trustOf,
} from "./contact.ts";

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);

describe("contact", () => {
  it("pins the first key, and no other after it", () => {
    assert.equal(judgeKey(STRANGER, OLD), "first");
    const pinned = pinKey(STRANGER, OLD);
    assert.equal(trustOf(pinned), "pinned");
    assert.equal(judgeKey(pinned, Buffer.from(OLD)), "same");
    assert.equal(judgeKey(pinned, NEW), "changed");
    assert.equal(judgeKey(pinned, OLD.subarray(1)), "changed");
    assert.deepEqual(pinKey(pinned, NEW), pinned);
  });

  it('loses "verified" only when the user trusts another key', () => {
    const verified = markVerified(pinKey(STRANGER, OLD), true);
    assert.equal(trustOf(verified), "verified");
    const changed = noteChangedKey(verified, NEW);
    assert.equal(trustOf(changed), "changed");
    assert.equal(judgeKey(changed, NEW), "changed");
    assert.equal(trustOf(acceptChangedKey(changed)), "pinned");
    assert.equal(judgeKey(acceptChangedKey(changed), NEW), "same");
    assert.equal(trustOf(keepPinnedKey(changed)), "verified");
    assert.equal(judgeKey(keepPinnedKey(changed), OLD), "same");
    assert.equal(trustOf(keepPinnedKey(noteChangedKey(noteChangedKey(verified, NEW), OLD))), "verified");
    assert.equal(trustOf(keepPinnedKey(noteChangedKey(pinKey(STRANGER, OLD), NEW))), "pinned");
  });

  it("can be verified only with a pinned, unchanged key", () => {
    assert.equal(trustOf(markVerified(STRANGER, true)), "unknown");
    assert.equal(trustOf(markVerified(noteChangedKey(pinKey(STRANGER, OLD), NEW), true)), "changed");
    assert.equal(
      trustOf(acceptChangedKey(markVerified(noteChangedKey(pinKey(STRANGER, OLD), NEW), true))),
      "pinned",
    );
  });

  it("loses its profile with the key, and not before the user trusts another one", () => {
    const profile = { name: "Bob B.", color: 1, version: 1 };
    const changed = noteChangedKey({ ...pinKey(STRANGER, OLD), profile }, NEW);
    assert.deepEqual(keepPinnedKey(changed).profile, profile);
    assert.equal(acceptChangedKey(changed).profile, undefined);
  });
});
