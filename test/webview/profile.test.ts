/** The name and colour that the other person chose, on the page. */
import assert from "node:assert/strict";
import { type ChatPage, header, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

describe("a profile on the page", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  withChatPage(themes.light, async (opened) => {
    chat = opened;
    await chat.give(header(), page([message(1, "hello")]));
  });
  const chosen = () => chat.page.locator(".chosen-name");
  const heading = () => chat.page.getByRole("heading", { level: 1 });
  const color = () =>
    chat.page
      .locator(".avatar")
      .first()
      .evaluate((one) => getComputedStyle(one).color);

  it("stands beside the account name, and goes with it", async () => {
    assert.equal(await chosen().count(), 0);
    await chat.give(header({ profile: { name: "Bob B.", color: 0 } }));
    assert.equal(await heading().innerText(), "bob");
    assert.equal(await chosen().innerText(), "“Bob B.”");
    assert.equal(await chosen().getAttribute("title"), "bob chose the name “Bob B.”.");
    await chat.give(header());
    assert.equal(await chosen().count(), 0);
  });

  it("carries a warning, also spoken, where the name looks like somebody else's", async () => {
    await chat.give(header({ profile: { name: "Car0l", color: 0, alike: "carol" } }));
    const care = "Careful: this isn't carol. The names only look alike.";
    assert.match((await chosen().textContent()) ?? "", new RegExp(care));
    assert.match((await chosen().getAttribute("title")) ?? "", new RegExp(care));
    assert.equal(await chosen().locator("svg").count(), 1);
  });

  it("shows a hostile name as text", async () => {
    await chat.give(header({ profile: { name: "<img src=x>\u202e", color: 0 } }));
    assert.equal(await chosen().innerText(), "“<img src=x>[U+202E]”");
  });

  it("gives the person's messages each of the twelve colours, and none again", async () => {
    const usual = await color();
    const seen = new Set<string>();
    for (let number = 1; number <= 12; number++) {
      await chat.give(header({ profile: { name: "", color: number } }));
      seen.add(await color());
    }
    assert.equal(seen.size, 12);
    await chat.give(header({ profile: { name: "", color: 99 } }));
    assert.equal(await color(), usual);
    assert.equal(await chosen().count(), 0);
  });

  it("never takes the account name's room at 300 px", async () => {
    await chat.page.setViewportSize({ width: 300, height: 400 });
    await chat.give(header({ profile: { name: "x".repeat(40), color: 0, alike: "carol" } }));
    const overflow = () => chat.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(await heading().innerText(), "bob");
    assert.ok((await overflow()) <= 0);
    const [name, bar] = [await heading().boundingBox(), await chat.page.locator(".top").boundingBox()];
    assert.ok(name && bar && name.height <= bar.height && name.width > 15);
  });
});
