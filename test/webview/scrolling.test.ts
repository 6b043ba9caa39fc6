/**
 * Long chats: the page follows the end, keeps the reader's position, loads older pages and reports seen
 * messages.
 */
import assert from "node:assert/strict";
import type { HostMessage, PanelMessage } from "../../extension/contract/panel.ts";
import { type ChatPage, header, idOf, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

/** The longest time for a hundred messages, on a machine that is busy with other tests. */
const MAX_OPEN_MS = 1500;

function messages(from: number, to: number): PanelMessage[] {
  return Array.from({ length: to - from }, (_, index) => {
    const position = from + index;
    return message(
      position,
      position % 5 === 0 ? `\`\`\`ts\nconst n = ${position};\n\`\`\`` : `number ${position}`,
    );
  });
}

/** Makes a page of messages with others before and after it. */
function around(from: number, to: number, goTo?: string): HostMessage {
  const page = { type: "page", messages: messages(from, to), place: "replace" } as const;
  return { ...page, hasOlder: true, hasNewer: true, ...(goTo !== undefined && { goTo }) };
}

describe("a long chat", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  const open = withChatPage(themes.dark, (opened) => {
    chat = opened;
  });

  const fromEnd = () => chat.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  const scrollTo = (top: number) =>
    chat.log.evaluate(async (log, to) => {
      log.scrollTop = to;
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
    }, top);
  const topOf = (position: number) =>
    chat.page.locator(`[data-key="${idOf(position)}"]`).evaluate((row) => row.getBoundingClientRect().top);

  it("opens a page of a hundred quickly, at its end", async () => {
    await chat.give(header());
    const elapsed = await chat.page.evaluate(
      (body) => {
        const start = performance.now();
        window.dispatchEvent(new MessageEvent("message", { data: body }));
        document.body.getBoundingClientRect();
        return performance.now() - start;
      },
      page(messages(99_900, 100_000), true),
    );
    assert.ok(elapsed < MAX_OPEN_MS, `took ${Math.round(elapsed)} ms`);
    assert.equal(await fromEnd(), 0);
    assert.deepEqual(await chat.posted("loadOlder"), [], "what nobody scrolls to is not loaded");
  });

  it("shows a full screen first, and loads the rest before the reader gets there", async () => {
    await chat.give(header());
    const [shown, free] = await chat.log.evaluate(
      (log, body) => {
        window.dispatchEvent(new MessageEvent("message", { data: body }));
        const rows = [...log.querySelectorAll("article")];
        const top = rows[0]?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY;
        return [rows.length, top - log.getBoundingClientRect().top];
      },
      page(messages(99_900, 100_000), true),
    );
    assert.ok(shown < 60, `${shown} rows at once`);
    assert.ok(free <= 0, `${free} px of the screen are empty`);
    for (let step = 0; (await chat.posted("loadOlder")).length === 0; step++) {
      assert.ok(step < 200, "one never comes to the page's oldest message");
      await chat.log.evaluate(async (log) => {
        log.scrollTop -= 200;
        await new Promise(requestAnimationFrame);
      });
      assert.ok(
        await chat.log.evaluate((log) => log.scrollTop > 0),
        "the reader runs into the end of what is rendered",
      );
    }
    assert.equal(await chat.messages.count(), 100);
  });

  it("follows the end while the reader is there", async () => {
    await chat.give(header(), page(messages(0, 50)));
    await chat.give({ type: "added", message: message(50, "new") });
    assert.equal(await fromEnd(), 0);
    await chat.page.setViewportSize({ width: 400, height: 400 });
    await chat.page.waitForFunction(() => {
      const log = document.querySelector("[role=log]");
      return log !== null && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    });
  });

  it("keeps the position of a reader further up, with a button that leads back", async () => {
    await chat.give(header(), page(messages(0, 100)));
    await scrollTo(900);
    const before = await chat.log.evaluate((log) => log.scrollTop);
    await chat.give(
      { type: "added", message: message(100, "new") },
      { type: "added", message: message(101, "newer") },
    );
    assert.equal(await chat.log.evaluate((log) => log.scrollTop), before);
    await chat.page.getByRole("button", { name: "2 new messages" }).click();
    assert.ok((await fromEnd()) < 2);
    assert.equal(await chat.page.locator(".pill").count(), 0);
  });

  it("scrolls to the end when the user sends", async () => {
    await chat.give(header(), page(messages(0, 100)));
    await scrollTo(900);
    await chat.give({ type: "added", message: message(100, "mine", { mine: true, state: "waiting" }) });
    assert.ok((await fromEnd()) < 2);
  });

  it("loads older pages at the top and keeps the position", async () => {
    await chat.give(header(), page(messages(900, 1000), true));
    await scrollTo(300);
    await chat.waitForPost("loadOlder");
    assert.deepEqual(await chat.posted("loadOlder"), [{ type: "loadOlder", before: 900 }]);
    const top = await topOf(912);
    await chat.give({ type: "page", messages: messages(800, 900), place: "prepend", hasOlder: false });
    assert.ok(Math.abs((await topOf(912)) - top) < 2, `moved from ${top} to ${await topOf(912)}`);
    assert.equal(await chat.messages.count(), 200);
    await scrollTo(0);
    await chat.log.getByText("This is the beginning of your chat with bob.").waitFor();
    assert.equal((await chat.posted("loadOlder")).length, 1);
  });

  it("keeps the page small however far the reader scrolls back", async () => {
    await chat.give(header(), page(messages(9900, 10_000), true));
    for (let before = 9900; before > 9000; before -= 100) {
      await scrollTo(0);
      await chat.waitForPost("loadOlder", (10_000 - before) / 100);
      await chat.give({
        type: "page",
        messages: messages(before - 100, before),
        place: "prepend",
        hasOlder: true,
      });
      assert.ok((await chat.messages.count()) <= 300);
    }
    await chat.page.getByRole("button", { name: "Latest messages" }).click();
    await chat.page.locator(`[data-key="${idOf(9999)}"]`).waitFor();
    assert.ok((await fromEnd()) < 2);
  });

  it("returns to the newest by scrolling too", async () => {
    await chat.give(header(), page(messages(600, 1000), false));
    for (let step = 0; step < 6; step++) await scrollTo(0);
    assert.equal(await chat.page.locator(`[data-key="${idOf(600)}"]`).count(), 1);
    for (let step = 0; step < 12; step++) await scrollTo(1_000_000);
    assert.equal(await chat.page.locator(`[data-key="${idOf(999)}"]`).count(), 1);
    assert.ok((await fromEnd()) < 2);
  });

  it("opens at the first unread message and reports only visible ones as read", async () => {
    await chat.give(header({ firstUnread: idOf(40) }), page(messages(0, 100)));
    const line = chat.page.locator(".unread");
    assert.equal(await line.evaluate((row) => row.nextElementSibling?.getAttribute("data-key")), idOf(40));
    const top = await line.evaluate((row) => row.getBoundingClientRect().top);
    assert.ok(top > 0 && top < 400);
    assert.deepEqual(await chat.posted("read"), []);
    await scrollTo(1_000_000);
    await chat.waitForPost("read");
    await chat.give(header());
    assert.equal(await line.count(), 1, "the line stays while one reads on");
    await chat.give({ type: "added", message: message(100, "seen") }, header({ firstUnread: idOf(100) }));
    await chat.waitForPost("read", 2);
    assert.equal(await line.evaluate((row) => row.nextElementSibling?.getAttribute("data-key")), idOf(40));
    await chat.give(header(), {
      type: "added",
      message: message(101, "mine", { mine: true, state: "sent" }),
    });
    assert.equal(await line.count(), 0, "who writes has read");
    assert.equal((await chat.posted("read")).length, 2);
  });

  it("reports with a read whether the user is active, and again at the next activity", async () => {
    await chat.give(header({ firstUnread: idOf(9) }), page(messages(0, 10)));
    await chat.waitForPost("read");
    await chat.page.keyboard.press("Shift");
    await chat.waitForPost("read", 2);
    await chat.give({ type: "added", message: message(10, "more") }, header({ firstUnread: idOf(10) }));
    await chat.waitForPost("read", 3);
    await chat.page.keyboard.press("Shift");
    assert.deepEqual(
      (await chat.posted("read")).map((post) => "active" in post && post.active),
      [false, true, true],
    );
  });

  it("reports the user as active for a minute after a key in the page", async () => {
    const noon = Date.UTC(2026, 2, 1, 12);
    const other = await open(themes.dark, undefined, noon);
    await other.give(header(), page(messages(0, 3)));
    for (const [index, [key, posts]] of (
      [
        ["a", 3],
        ["b", 4],
        ["", 5],
        ["c", 7],
      ] as const
    ).entries()) {
      if (key !== "") await other.page.keyboard.press(key);
      await other.page.clock.fastForward(50_000);
      const news = message(3 + index, "more");
      await other.page.evaluate((one) => window.postMessage({ type: "added", message: one }, "*"), news);
      await other.page.clock.runFor(100);
      await other.waitForPost("read", posts);
    }
    const active = (await other.posted("read")).map((post) => post.active);
    assert.deepEqual(active, [false, true, true, true, false, true, true]);
  });

  it("opens at the first unread message even when it is far back", async () => {
    await chat.give(header({ firstUnread: idOf(650) }), around(600, 700));
    const top = await chat.page.locator(".unread").evaluate((row) => row.getBoundingClientRect().top);
    assert.ok(top > 0 && top < 400);
    while ((await chat.posted("loadNewer")).length === 0) await scrollTo(1_000_000);
    assert.deepEqual(await chat.posted("read"), [], "what is at the end has not been seen yet");
    assert.deepEqual(await chat.posted("loadOlder"), []);
  });

  it("jumps to a message of another time and highlights it", async () => {
    await chat.give(header(), page(messages(9900, 10_000), true));
    await chat.give(around(450, 550, idOf(500)));
    const found = chat.page.locator("[data-found]");
    assert.equal(await found.getAttribute("data-key"), idOf(500));
    const top = await topOf(500);
    assert.ok(top > 0 && top < 400, `at ${top}`);
    assert.equal(await chat.page.evaluate(() => document.activeElement?.getAttribute("data-key")), idOf(500));
    assert.equal(
      await chat.page.locator(`[data-key="${idOf(9999)}"]`).count(),
      0,
      "the rest is not in the page",
    );
    assert.equal(await chat.page.getByRole("button", { name: "Latest messages" }).count(), 1);
    await chat.page.waitForFunction(() => document.querySelector("[data-found]") === null);
  });

  it("continues from there both ways and keeps the position", async () => {
    await chat.give(header(), around(450, 550, idOf(500)));
    await scrollTo(1_000_000);
    await chat.waitForPost("loadNewer");
    assert.deepEqual(await chat.posted("loadNewer"), [{ type: "loadNewer", after: 549 }]);
    const before = await topOf(548);
    await chat.give({ type: "page", messages: messages(550, 650), place: "append", hasNewer: true });
    assert.ok(Math.abs((await topOf(548)) - before) < 2, `moved from ${before} to ${await topOf(548)}`);
    assert.equal(await chat.page.locator(`[data-key="${idOf(649)}"]`).count(), 1);
    while ((await chat.posted("loadOlder")).length === 0) await scrollTo(0);
    assert.deepEqual(await chat.posted("loadOlder"), [{ type: "loadOlder", before: 450 }]);
    await chat.give({ type: "page", messages: messages(350, 450), place: "prepend", hasOlder: true });
    for (let after = 649; after <= 1149; after += 100) {
      while ((await chat.posted("loadNewer")).at(-1)?.after !== after) await scrollTo(1_000_000);
      await chat.give({
        type: "page",
        messages: messages(after + 1, after + 101),
        place: "append",
        hasNewer: after < 1149,
      });
      assert.ok((await chat.messages.count()) <= 300);
    }
    await scrollTo(1_000_000);
    assert.equal(await chat.page.locator(`[data-key="${idOf(1249)}"]`).count(), 1);
    assert.equal(await chat.page.locator(".pill").count(), 0);
  });

  it("shows no gap for messages that arrive meanwhile, and leads back to the newest", async () => {
    await chat.give(header(), around(450, 550, idOf(500)));
    await chat.give({ type: "added", message: message(10_000, "news") });
    assert.equal(await chat.page.getByText("news").count(), 0);
    await chat.page.getByRole("button", { name: "1 new message" }).click();
    await chat.waitForPost("loadNewest");
    await chat.give(page([...messages(9900, 10_000), message(10_000, "news")], true));
    assert.ok((await fromEnd()) < 2);
    await chat.waitForPost("read");
  });

  it("loads the newest when the user sends from another time", async () => {
    await chat.give(header(), around(450, 550, idOf(500)));
    await chat.give({ type: "added", message: message(10_000, "mine", { mine: true, state: "waiting" }) });
    await chat.waitForPost("loadNewest");
  });

  it("continues without a jump when the end of the rendered range is reached", async () => {
    await chat.give(header(), page(messages(0, 600), false));
    for (let step = 0; step < 8; step++) await scrollTo(0);
    const last = await chat.messages.last().getAttribute("data-key");
    await scrollTo(1_000_000);
    const bottom = await chat.page
      .locator(`[data-key="${last}"]`)
      .evaluate((row) => row.getBoundingClientRect().bottom);
    assert.ok(bottom > 300, "what was last is still on screen");
    assert.ok((await fromEnd()) > 100, "and there is more below it");
  });

  it("reports nothing as read while the page has no focus", async () => {
    await chat.page.evaluate(() => {
      document.hasFocus = () => false;
    });
    await chat.give(header(), page(messages(0, 3)));
    assert.deepEqual(await chat.posted("read"), []);
    await chat.page.evaluate(() => {
      document.hasFocus = () => true;
      window.dispatchEvent(new Event("focus"));
    });
    assert.equal((await chat.posted("read")).length, 1);
  });

  it("handles a burst of a thousand messages", async () => {
    await chat.give(header(), page([]));
    await chat.log.getByText("Messages with bob appear here.").waitFor();
    const start = Date.now();
    await chat.give(...messages(0, 1000).map((one) => ({ type: "added" as const, message: one })));
    await chat.page.locator(`[data-key="${idOf(999)}"]`).waitFor();
    assert.ok(Date.now() - start < 15_000);
    assert.ok((await chat.messages.count()) <= 300);
    await chat.page.waitForFunction(() =>
      document.querySelector("[aria-live=polite]")?.textContent?.includes("1,000 new messages"),
    );
  });
});
