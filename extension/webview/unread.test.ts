import assert from "node:assert/strict";
import { UnreadDivider } from "./unread.ts";

describe("the line before new messages", () => {
  it("is where the reader left the chat, also when they look at once", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    assert.equal(divider.before, "a");
  });

  it("stays while the reader continues", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    divider.report(undefined, true);
    assert.equal(divider.before, "a");
  });

  it("does not appear before a message that the reader watched arrive", () => {
    const divider = new UnreadDivider();
    divider.report(undefined, true);
    divider.report("a", true);
    assert.equal(divider.before, undefined);
    divider.report("a", false);
    assert.equal(divider.before, undefined, "looking away later changes nothing");
  });

  it("moves to the messages that arrived while the reader was away", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    divider.report(undefined, true);
    divider.report("b", false);
    assert.equal(divider.before, "b");
    divider.report("b", false);
    assert.equal(divider.before, "b");
  });

  it("disappears when the reader sends a message", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    divider.clear();
    assert.equal(divider.before, undefined);
    divider.report("a", true);
    assert.equal(divider.before, undefined);
  });
});
