import assert from "node:assert/strict";
import { UnreadDivider } from "./unread.ts";

describe("the line before new messages", () => {
  it("stands where the reader left the chat, also for one who looks at it at once", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    assert.equal(divider.before, "a");
  });

  it("stays while the person reads on", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    divider.report(undefined, true);
    assert.equal(divider.before, "a");
  });

  it("does not appear before a message that one watched arrive", () => {
    const divider = new UnreadDivider();
    divider.report(undefined, true);
    divider.report("a", true);
    assert.equal(divider.before, undefined);
    divider.report("a", false);
    assert.equal(divider.before, undefined, "looking away later changes nothing");
  });

  it("moves to the messages that came while one was away", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    divider.report(undefined, true);
    divider.report("b", false);
    assert.equal(divider.before, "b");
    divider.report("b", false);
    assert.equal(divider.before, "b");
  });

  it("goes away when one writes", () => {
    const divider = new UnreadDivider();
    divider.report("a", true);
    divider.clear();
    assert.equal(divider.before, undefined);
    divider.report("a", true);
    assert.equal(divider.before, undefined);
  });
});
