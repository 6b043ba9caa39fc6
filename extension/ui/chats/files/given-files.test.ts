import assert from "node:assert/strict";
import { GivenFiles } from "./given-files.ts";

const there = { type: "there" } as const;

describe("the files of a page", () => {
  it("are those of messages that it was given, until they are deleted or the page is gone", () => {
    const given = new GivenFiles();
    const has = (id: string, item = 0) => given.has({ id, item });
    given.gives({ id: "a", files: [there, there] });
    given.gives({ id: "b", files: [there] });
    given.gives({ id: "text" });
    assert.deepEqual(
      [has("a"), has("a", 1), has("a", 2), has("b"), has("b", 1), has("text"), has("other")],
      [true, true, false, true, false, false, false],
    );
    given.gives({ id: "a" }); // deleted for both: a line without files
    given.removes(["b"]);
    assert.deepEqual([has("a"), has("b")], [false, false]);
    given.gives({ id: "a", files: [there] });
    given.clear();
    assert.equal(has("a"), false);
  });
});
