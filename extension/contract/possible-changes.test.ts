import assert from "node:assert/strict";
import { EDITABLE_MS, MAX_REVISIONS } from "../../protocol/limits.ts";
import { isAnswerable, type WhyNot, whyNotDelete, whyNotEdit } from "./possible-changes.ts";

const text = { kind: "text", text: "hello" } as const;
const deleted = { kind: "deleted" } as const;
const mine = { mine: true, body: text, at: 0 } as const;

describe("the changes that a menu offers", () => {
  const edits: readonly (readonly [WhyNot | undefined, Parameters<typeof whyNotEdit>[0], now?: number])[] = [
    [undefined, mine],
    [undefined, mine, EDITABLE_MS],
    ["too-late", mine, EDITABLE_MS + 1],
    ["too-late", { ...mine, at: EDITABLE_MS + 1 }],
    [undefined, { ...mine, edited: { times: MAX_REVISIONS - 1, at: 0 } }],
    ["too-often", { ...mine, edited: { times: MAX_REVISIONS, at: 0 } }],
    ["not-yours", { ...mine, mine: false }],
    ["no-text", { ...mine, body: deleted }],
    ["no-text", { ...mine, body: { kind: "unknown", type: "poll", fallback: "x" } }],
  ];
  it("are edits of one's own recent texts, with the messenger's bounds", () => {
    for (const [whyNot, message, now = 0] of edits)
      assert.equal(whyNotEdit(message, { open: true, now }), whyNot, JSON.stringify(message));
    assert.equal(whyNotEdit(mine, { open: false, now: 0 }), "no-chat");
  });
  it("are deletions for both of one's own messages", () => {
    assert.equal(whyNotDelete(mine, { open: true }), undefined);
    assert.equal(whyNotDelete(mine, { open: false }), "no-chat");
    assert.equal(whyNotDelete({ ...mine, mine: false }, { open: true }), "not-yours");
    assert.equal(whyNotDelete({ mine: true, body: deleted }, { open: true }), "deleted");
  });
  it("are none to a message that was deleted", () => {
    assert.equal(isAnswerable({ body: text }), true);
    assert.equal(isAnswerable({ body: deleted }), false);
  });
});
