import assert from "node:assert/strict";
import type { HostMessage } from "../../contract/panel.ts";
import { FocusLoan } from "./focus-loan.ts";

describe("a loan of the focus", () => {
  function loan(isLive = true) {
    const posts: HostMessage[] = [];
    const post = (message: HostMessage) => {
      posts.push(message);
      return isLive;
    };
    return { posts, focus: new FocusLoan(post) };
  }

  it("resolves with the page's answer, for all that wait for it", async () => {
    const { posts, focus } = loan();
    const both = [focus.lend(true), focus.lend(false)];
    focus.lent(true);
    assert.deepEqual(await Promise.all(both), [true, true]);
    const next = focus.lend(false);
    focus.lent(false);
    assert.equal(await next, false);
    focus.giveBack();
    assert.deepEqual(posts, [
      { type: "lendFocus", soon: true },
      { type: "lendFocus", soon: false },
      { type: "lendFocus", soon: false },
      { type: "returnFocus" },
    ]);
  });

  it("is none where there is no page, or one that does not answer", async () => {
    assert.equal(await loan(false).focus.lend(true), false);
    assert.equal(await loan().focus.lend(true), false);
  });
});
