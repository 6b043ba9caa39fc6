/** Emoji by their names, in the composer: by keyboard, by screen reader, and never by accident. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { type ChatPage, header, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

describe("emoji in the composer", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  withChatPage(themes.hcDark, async (opened) => {
    chat = opened;
    await chat.give(header(), page([]));
    await chat.composer.focus();
  });
  const type = (text: string) => chat.page.keyboard.type(text);
  const press = (key: string) => chat.page.keyboard.press(key);
  const options = () => chat.page.getByRole("option");
  const spoken = async () => {
    const id = await chat.composer.getAttribute("aria-activedescendant");
    return id === null ? undefined : chat.page.locator(`#${id}`).getAttribute("aria-label");
  };

  const wholes: readonly (readonly [typed: string, stands: string])[] = [
    [":tada:", "🎉"],
    ["done :+1: thanks", "done 👍 thanks"],
    ["(:heart:)", "(❤️)"],
    [":no_such_name:", ":no_such_name:"],
    ["at 12:30:45", "at 12:30:45"],
    ["std::tada::x", "std::tada::x"],
    ["`:tada:`", "`:tada:`"],
    ["a `b :tada:`", "a `b :tada:`"],
    ["key:tada:", "key:tada:"],
  ];
  for (const [typed, stands] of wholes)
    it(`turn ${JSON.stringify(typed)} into ${JSON.stringify(stands)}`, async () => {
      await type(typed);
      assert.equal(await chat.composer.inputValue(), stands);
    });

  it("leave fenced code and pasted text unchanged", async () => {
    await chat.composer.fill("```\n");
    await press("End");
    await type(":tada:");
    assert.equal(await chat.composer.inputValue(), "```\n:tada:");
  });

  it("are completed by arrows and Enter, which sends nothing, and are spoken", async () => {
    await type("hi :rock");
    const all = await options().allInnerTexts();
    assert.ok(all.length > 1 && all.length <= 6);
    assert.match(all[0] ?? "", /:rock:/);
    assert.equal(await spoken(), "rock");
    await press("ArrowDown");
    assert.equal(await spoken(), "rocket");
    const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id} ${nodes.map(({ html }) => html).join()}`),
      [],
    );
    await press("Enter");
    assert.equal(await chat.composer.inputValue(), "hi 🚀");
    assert.equal(await options().count(), 0);
    assert.deepEqual(await chat.posted("send"), []);
    await press("Control+z");
    assert.match(await chat.composer.inputValue(), /:rock/, "Undo knows of it");
    await chat.composer.fill("");
    await type(":smil");
    await options().nth(1).click();
    assert.match(await chat.composer.inputValue(), /^\p{Extended_Pictographic}/u);
    await press("Enter");
    assert.equal((await chat.posted("send")).length, 1);
  });

  it("hide their list on Escape until another name is begun, and when the composer loses the focus", async () => {
    await type(":ta");
    assert.ok((await options().count()) > 0);
    await press("Escape");
    assert.equal(await options().count(), 0);
    await press("Enter");
    assert.deepEqual(
      (await chat.posted("send")).map(({ text }) => text),
      [":ta"],
    );
    await type(":ta");
    await press("ArrowUp");
    await press("Shift+Tab");
    assert.equal(await options().count(), 0);
    await type("d");
    assert.equal(await chat.composer.inputValue(), ":tad");
    assert.ok((await options().count()) > 0);
  });
});
