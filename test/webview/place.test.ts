/** The reader's place in a chat: reported by its page, and taken up by the next page of the chat, whichever size that has. */
import assert from "node:assert/strict";
import type { PanelMessage } from "../../extension/contract/panel.ts";
import type { ReaderPlace } from "../../extension/contract/reader-place.ts";
import { type ChatPage, header, idOf, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

/** As wide as a side bar. */
const SIDE_BAR = { width: 300, height: 600 };
const SLACK_PX = 1;

const messages: readonly PanelMessage[] = Array.from({ length: 80 }, (_, index) =>
  message(index + 1, `number ${index + 1}: ${"some words that are wrapped in a narrow place ".repeat(2)}`),
);

describe("the reader's place in a chat", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  const open = withChatPage(themes.dark, (opened) => {
    chat = opened;
  });

  /** @returns the place as the page reports it when it is about to be replaced */
  const reported = async (from: ChatPage): Promise<ReaderPlace> => {
    const before = (await from.posted("reported")).length;
    await from.give({ type: "report" });
    await from.waitForPost("reported", before + 1);
    const last = (await from.posted("place")).at(-1);
    return last?.place ?? assert.fail("no place was reported");
  };
  const scrollTo = (row: number, offset: number) =>
    chat.page.evaluate(
      async ({ key, pixels }) => {
        const log = document.querySelector<HTMLElement>(".log");
        const target = document.querySelector(`[data-key="${key}"]`);
        if (log === null || target === null) throw new Error("no such row");
        log.scrollTop += target.getBoundingClientRect().top - log.getBoundingClientRect().top - pixels;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
      },
      { key: idOf(row), pixels: offset },
    );
  const offsetOf = (within: ChatPage, row: number) =>
    within.page.evaluate((key) => {
      const log = document.querySelector(".log")?.getBoundingClientRect().top ?? 0;
      return (document.querySelector(`[data-key="${key}"]`)?.getBoundingClientRect().top ?? Number.NaN) - log;
    }, idOf(row));
  const fromEnd = (within: ChatPage) =>
    within.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  /** Opens the chat's next page, at the width of a side bar. */
  const next = async (place: ReaderPlace, draft = "", shown = messages): Promise<ChatPage> => {
    const other = await open(themes.dark, SIDE_BAR);
    await other.give(header({ shownIn: "sideBar" }), { type: "place", place }, page(shown), {
      type: "draft",
      text: draft,
    });
    return other;
  };
  const begin = async () => {
    const shown = page(messages);
    assert.ok(shown.type === "page" && shown.place === "replace");
    await chat.give(header(), { ...shown, goTo: idOf(40) });
    await scrollTo(40, -7);
  };

  it("is the message at the top, and goes with the reader into a narrower page", async () => {
    await begin();
    const place = await reported(chat);
    assert.equal(place.top?.id, idOf(40));
    assert.equal(place.top?.position, 40);
    const other = await next(place);
    assert.ok(Math.abs((await offsetOf(other, 40)) - -7) <= SLACK_PX, `${await offsetOf(other, 40)} px`);
    assert.deepEqual((await reported(other)).top, place.top);
  });
  it("is reported by itself once the reader stops scrolling", async () => {
    await begin();
    await chat.waitForPost("place");
    assert.equal((await chat.posted("place")).at(-1)?.place.top?.id, idOf(40));
  });
  it("is the end where the reader follows it", async () => {
    await chat.give(header(), page(messages));
    const place = await reported(chat);
    assert.equal(place.top, undefined);
    const other = await next(place);
    assert.equal(await fromEnd(other), 0);
  });
  it("is the next message where that one was deleted", async () => {
    await begin();
    const place = await reported(chat);
    const other = await next(
      place,
      "",
      messages.filter(({ position }) => position !== 40),
    );
    assert.ok(Math.abs((await offsetOf(other, 41)) - -7) <= SLACK_PX);
  });
  it("has the line before unread messages, also after they were read", async () => {
    await chat.give(header({ firstUnread: idOf(70) }), page(messages), header());
    const place = await reported(chat);
    assert.equal(place.unreadLine, idOf(70));
    const other = await next(place);
    await other.page.locator(".unread").waitFor({ state: "attached" });
  });
  it("has the cursor in the draft", async () => {
    await begin();
    await chat.composer.fill("half of a sentence");
    await chat.composer.evaluate((input) => (input as HTMLTextAreaElement).setSelectionRange(5, 7));
    const place = await reported(chat);
    assert.deepEqual(place.cursor, { start: 5, end: 7 });
    assert.equal((await chat.posted("draft")).at(-1)?.text, "half of a sentence", "before the place");
    const other = await next(place, "half of a sentence");
    const cursor = await other.composer.evaluate((input) => [
      (input as HTMLTextAreaElement).selectionStart,
      (input as HTMLTextAreaElement).selectionEnd,
    ]);
    assert.deepEqual(cursor, [5, 7]);
  });
  it("has the message that has the focus", async () => {
    await begin();
    await chat.page.locator(`[data-key="${idOf(42)}"]`).focus();
    const place = await reported(chat);
    assert.equal(place.focused, idOf(42));
    const other = await next(place);
    await other.page.locator(`[data-key="${idOf(42)}"]:focus`).waitFor();
  });
});

describe("the chat's page in the side bar", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  withChatPage(themes.dark, async (opened) => {
    chat = opened;
    await chat.page.setViewportSize(SIDE_BAR);
  });

  it("has a way back to the chats, by pointer and keyboard, and a tab of the editor has none", async () => {
    const back = chat.page.getByRole("button", { name: "Back to Chats" });
    await chat.give(header({ shownIn: "sideBar" }), page(messages));
    await back.click();
    await back.focus();
    await chat.page.keyboard.press("Enter");
    assert.deepEqual(await chat.posted("action"), [
      { type: "action", action: "backToChats" },
      { type: "action", action: "backToChats" },
    ]);
    await chat.give(header({ shownIn: "editor" }));
    assert.equal(await back.count(), 0);
  });
  it("has the colour of the side bar", async () => {
    await chat.page.evaluate(() =>
      document.documentElement.style.setProperty("--vscode-sideBar-background", "rgb(1, 2, 3)"),
    );
    const background = () => chat.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await chat.give(header({ shownIn: "editor" }), page(messages));
    assert.notEqual(await background(), "rgb(1, 2, 3)");
    await chat.give(header({ shownIn: "sideBar" }));
    assert.equal(await background(), "rgb(1, 2, 3)");
  });
  describe("on Ctrl+F", () => {
    const FIND = "ControlOrMeta+f";
    const begin = async (shownIn: "editor" | "sideBar") => {
      await chat.give(header({ shownIn }), page(messages));
      await chat.page.evaluate(() => {
        const left: string[] = [];
        Object.assign(window, { left });
        // VS Code listens in the same way.
        window.addEventListener("keydown", ({ key }) => left.push(key));
      });
      await chat.composer.click();
      await chat.waitForPost("focus");
    };
    const press = async (key: string) => {
      await chat.page.evaluate(() => (Reflect.get(window, "left") as string[]).splice(0));
      await chat.page.keyboard.press(key);
    };
    /** @returns whether the key went on to VS Code */
    const left = () => chat.page.evaluate(() => (Reflect.get(window, "left") as string[]).includes("f"));
    const searches = async () =>
      (await chat.posted("action")).filter(({ action }) => action === "searchChat").length;
    const turn = async () =>
      (await chat.posted("focus")).at(-1)?.turn ?? assert.fail("no focus was reported");

    it("searches the chat itself until VS Code's keys work there, and leaves the key to VS Code then", async () => {
      await begin("sideBar");
      await press(FIND);
      assert.deepEqual([await searches(), await left()], [1, false]);
      await chat.give({ type: "keysWork", turn: await turn() });
      await press(FIND);
      assert.deepEqual([await searches(), await left()], [1, true]);
    });
    it("does so again each time the focus has come back", async () => {
      await begin("sideBar");
      const before = await turn();
      await chat.page.evaluate(() => {
        window.dispatchEvent(new Event("blur"));
        window.dispatchEvent(new Event("focus"));
      });
      await chat.give({ type: "keysWork", turn: before });
      await press(FIND);
      assert.deepEqual([await searches(), await left()], [1, false]);
    });
    it("leaves other keys, and every key in a tab, to VS Code", async () => {
      await begin("sideBar");
      for (const key of ["f", "Alt+f", "ControlOrMeta+Alt+f"]) {
        await press(key);
        assert.ok(await left(), key);
      }
      assert.equal(await searches(), 0);
      await chat.give(header({ shownIn: "editor" }));
      await press(FIND);
      assert.deepEqual([await searches(), await left()], [0, true]);
    });
  });
  it("fits, with a long name and everything that the header can have", async () => {
    await chat.give(
      header({ shownIn: "sideBar", peer: "a-colleague-with-a-long-name", timerSeconds: 3600 }),
      page(messages),
    );
    const fits = await chat.page.evaluate(
      () => document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    );
    assert.ok(fits);
    for (const name of ["Back to Chats", "More Actions"])
      assert.ok(await chat.page.getByRole("button", { name }).isVisible(), name);
  });
});
