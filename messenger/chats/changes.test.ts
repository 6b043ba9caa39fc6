import assert from "node:assert/strict";
import fc from "fast-check";
import { EDITABLE_MS, MAX_REVISIONS } from "../../protocol/limits.ts";
import { type MessageId, username } from "../../protocol/names.ts";
import type { Body, Change } from "../kinds/body.ts";
import { withChanges } from "./changes.ts";

const [ALICE, BOB] = [username("alice"), username("bob")];
const TARGET = "00".repeat(16) as MessageId;
const WRITTEN = 1_000_000_000_000;
const TEXT = { kind: "text", text: "as it was" } as const;

const target = { id: TARGET, author: ALICE, at: WRITTEN, body: TEXT as Body };
type Item = Parameters<typeof withChanges>[1][number];

const author = fc.constantFrom(ALICE, BOB);
const body: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("edit" as const),
      target: fc.constant(TARGET),
      revision: fc.integer({ min: 1, max: 4 }),
      text: fc.string({ maxLength: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("mark" as const),
      target: fc.constant(TARGET),
      name: fc.constant("reaction" as const),
      version: fc.integer({ min: 1, max: 3 }),
      values: fc.uniqueArray(fc.constantFrom("👍", "❤️", "🎉"), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "delete" as const, target: TARGET }) },
);
const changes: fc.Arbitrary<readonly Item[]> = fc
  .array(fc.record({ author, body, at: fc.constantFrom(WRITTEN, WRITTEN + EDITABLE_MS + 1) }), {
    maxLength: 12,
  })
  .chain((items) =>
    fc
      .shuffledSubarray(
        items.map((_, n) => n),
        { minLength: items.length },
      )
      .map((numbers) =>
        items.map((item, n) => ({
          ...item,
          id: (numbers[n] ?? n).toString(16).padStart(32, "1") as MessageId,
        })),
      ),
  );

const edit = (revision: number, text: string, id: string, more: Partial<Item> = {}): Item => ({
  ...{ id: id.padStart(32, "0") as MessageId, author: ALICE, at: WRITTEN + 1 },
  ...{ body: { kind: "edit", target: TARGET, revision, text }, ...more },
});
const text = (changes: readonly Item[]) => withChanges(target, changes).body;

describe("changes of a message", () => {
  it("have the same result in every order, and however often each of them arrives", () => {
    fc.assert(
      fc.property(
        changes.chain((items) =>
          fc.tuple(
            fc.constant(items),
            fc.shuffledSubarray([...items], { minLength: items.length }),
            fc.array(fc.constantFrom(...(items.length > 0 ? items : [edit(1, "x", "1")])), {
              maxLength: items.length > 0 ? 6 : 0,
            }),
          ),
        ),
        ([items, shuffled, again]) => {
          const expected = withChanges(target, items);
          assert.deepEqual(withChanges(target, shuffled), expected);
          assert.deepEqual(withChanges(target, [...shuffled, ...again]), expected);
          assert.deepEqual(withChanges(target, [...again, ...shuffled]), expected);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("show the version with the highest revision, and of two with the same that with the greater id", () => {
    assert.deepEqual(text([edit(2, "second", "2"), edit(1, "first", "9")]), { kind: "text", text: "second" });
    assert.deepEqual(text([edit(1, "greater", "9"), edit(1, "smaller", "2")]), {
      kind: "text",
      text: "greater",
    });
    const { versions } = withChanges(target, [edit(2, "second", "2"), edit(1, "first", "9")]);
    assert.deepEqual(
      versions.map(({ revision, body }) => [revision, body]),
      [
        [0, TEXT],
        [1, { kind: "text", text: "first" }],
        [2, { kind: "text", text: "second" }],
      ],
    );
  });

  it("count for edits and deletions by the target's author alone", () => {
    assert.deepEqual(text([edit(1, "forged", "1", { author: BOB })]), TEXT);
    const deletion = { ...edit(1, "", "1"), body: { kind: "delete", target: TARGET } as const };
    assert.deepEqual(text([{ ...deletion, author: BOB }]), TEXT);
    assert.deepEqual(text([{ ...deletion, author: undefined }]), TEXT);
    assert.deepEqual(text([deletion]), { kind: "deleted" });
  });

  it("count for edits within 24 hours by the author's own clock, which may be wrong", () => {
    assert.deepEqual(text([edit(1, "in time", "1", { at: WRITTEN + EDITABLE_MS })]).kind, "text");
    assert.deepEqual(text([edit(1, "late", "1", { at: WRITTEN + EDITABLE_MS + 1 })]), TEXT);
    const ahead = { ...target, at: WRITTEN, claimedAt: WRITTEN + 7 * EDITABLE_MS };
    const change = edit(1, "in time", "1", { at: WRITTEN + 1, claimedAt: ahead.claimedAt + EDITABLE_MS });
    assert.deepEqual(withChanges(ahead, [change]).body, { kind: "text", text: "in time" });
    assert.deepEqual(
      withChanges(ahead, [edit(1, "late", "1")]).body,
      TEXT,
      "claimed a week before it was written",
    );
  });

  it("keep at most MAX_REVISIONS versions beside the first", () => {
    const all = Array.from({ length: MAX_REVISIONS }, (_, n) => edit(n + 1, `${n}`, n.toString(16)));
    assert.equal(withChanges(target, [...all, ...all]).versions.length, MAX_REVISIONS + 1);
  });

  it("leave nothing of a deleted message, whichever came first", () => {
    const deletion = { ...edit(1, "", "5"), body: { kind: "delete", target: TARGET } as const };
    const mark: Item = {
      ...edit(1, "", "6"),
      body: { kind: "mark", target: TARGET, name: "reaction", version: 1, values: ["👍"] },
    };
    const gone = { body: { kind: "deleted" }, versions: [], marks: [] };
    for (const order of [
      [deletion, edit(1, "again", "9"), mark],
      [mark, edit(1, "again", "9"), deletion],
    ])
      assert.deepEqual(withChanges(target, order), gone);
  });
});
