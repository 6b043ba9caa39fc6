/** Typing on the page: the line that shows the other person's, and the reports of the user's own. */
import assert from "node:assert/strict";
import { type ChatPage, header, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

describe("typing on the page", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  const open = withChatPage(themes.light, async (opened) => {
    chat = opened;
    await chat.give(header(), page([message(1, "hello")]));
  });
  const line = () => chat.page.locator(".typing");
  const typing = (is: boolean) => chat.give({ type: "typing", typing: is });

  it("of the other person is shown, without moving anything, and goes again", async () => {
    const places = () => Promise.all([chat.messages, chat.composer].map((part) => part.boundingBox()));
    const before = await places();
    await typing(true);
    assert.equal(await line().innerText(), "bob is typing…");
    assert.deepEqual(await places(), before);
    const [box, row] = [await line().boundingBox(), await chat.messages.last().boundingBox()];
    assert.ok(box && row && box.y >= row.y + row.height, "covers no message at the end of the log");
    await typing(false);
    assert.equal(await line().innerText(), "");
    assert.deepEqual(await places(), before);
  });

  it("is announced once, however often it is repeated", async () => {
    await chat.page.evaluate(() => {
      const live = document.querySelector("[aria-live=polite]");
      new MutationObserver(() => window.attacked.push(live?.textContent ?? "")).observe(live ?? document, {
        childList: true,
      });
    });
    for (let signal = 0; signal < 5; signal++) await typing(true);
    assert.deepEqual(await chat.page.evaluate(() => window.attacked), ["bob is typing…"]);
    assert.equal(await line().getAttribute("aria-hidden"), "true", "not read a second time");
  });

  it("goes when the chat is closed", async () => {
    await typing(true);
    await chat.give(header({ phase: "closed-by-peer" }));
    assert.equal(await line().innerText(), "");
  });

  it("shows a hostile name as text", async () => {
    await chat.give(header({ peer: "<img src=x>\u202e" }));
    await typing(true);
    assert.equal(await line().innerText(), "<img src=x>[U+202E] is typing…");
  });

  it("of the user is reported once in three seconds, and not for an empty box, a draft or an edit", async () => {
    chat = await open(themes.light, undefined, Date.UTC(2030, 0, 1));
    await chat.give(
      header(),
      page([message(1, "mine", { mine: true, state: "read", at: Date.UTC(2030, 0, 1) })]),
    );
    const reported = async () => (await chat.posted("typed")).length;
    await chat.give({ type: "draft", text: "a draft" });
    assert.equal(await reported(), 0);
    await chat.composer.pressSequentially("more of it");
    assert.equal(await reported(), 1);
    await chat.page.clock.runFor(3_000);
    await chat.composer.press("x");
    assert.equal(await reported(), 2);
    await chat.composer.fill("");
    await chat.page.clock.runFor(3_000);
    await chat.composer.fill("  ");
    assert.equal(await reported(), 2, "blank");
    await chat.composer.fill("");
    await chat.composer.press("ArrowUp");
    await chat.composer.press("x");
    assert.equal(await reported(), 2, "an edit");
  });
});
