/** Disappearing and deleted messages in the page. */
import assert from "node:assert/strict";
import { username } from "../../protocol/names.ts";
import { type ChatPage, header, idOf, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

describe("disappearing messages", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  withChatPage(themes.light, (opened) => {
    chat = opened;
  });

  it("are indicated at the top, where the timer can be changed", async () => {
    await chat.give(header(), page([]));
    assert.equal(await chat.page.locator(".timer").count(), 0);
    await chat.give(header({ timerSeconds: 86_400 }));
    const chip = chat.page.getByRole("button", { name: "1 day" });
    assert.match((await chip.getAttribute("title")) ?? "", /disappear after 1 day, on both sides/);
    await chip.click();
    assert.deepEqual(await chat.posted("action"), [{ type: "action", action: "setTimer" }]);
  });

  it("show when each disappears, and who set the timer", async () => {
    const body = {
      kind: "event",
      event: "timer-set-by-peer",
      about: username("bob"),
      seconds: 3600,
    } as const;
    await chat.give(
      header({ timerSeconds: 3600 }),
      page([
        message(0, "", { body }),
        message(1, "theirs", { expiry: { seconds: 3600, due: Date.UTC(2026, 2, 1, 14) } }),
        message(2, "mine", { mine: true, state: "waiting", expiry: { seconds: 3600 } }),
      ]),
    );
    await chat.log.getByText("bob set messages to disappear after 1 hour, for both of you.").waitFor();
    const titles = await chat.page
      .locator(".expiry")
      .evaluateAll((all) => all.map((one) => one.getAttribute("title")));
    assert.match(titles[0] ?? "", /^Disappears Sunday,? 1 March 2026/);
    assert.equal(titles[1], "Disappears 1 hour after it was sent");
  });

  it("are removed from the page without moving the reader", async () => {
    const all = Array.from({ length: 100 }, (_, n) => message(n, `number ${n}`));
    await chat.give(header(), page(all));
    await chat.log.evaluate(async (log) => {
      log.scrollTop = 900;
      await new Promise(requestAnimationFrame);
    });
    const topOf = (position: number) =>
      chat.page.locator(`[data-key="${idOf(position)}"]`).evaluate((row) => row.getBoundingClientRect().top);
    const before = await topOf(60);
    await chat.give({ type: "removed", ids: Array.from({ length: 10 }, (_, n) => idOf(n)) });
    assert.equal(await chat.messages.count(), 90);
    assert.ok(Math.abs((await topOf(60)) - before) < 2, `moved from ${before} to ${await topOf(60)}`);
  });

  it("leave an empty page, which asks for other messages", async () => {
    await chat.give(header(), page([message(0, "a"), message(1, "b")], true));
    await chat.give({ type: "removed", ids: [idOf(0), idOf(1), idOf(7)] });
    assert.equal(await chat.messages.count(), 0);
    await chat.waitForPost("loadNewest");
    await chat.give(page([]));
    await chat.log.getByText("Messages with bob appear here.").waitFor();
  });
});
