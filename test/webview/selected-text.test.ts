/** Text that is selected in a chat and copied is the text that one sees. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { type ChatPage, header, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

describe("selected text of a chat", function () {
  this.timeout(60_000);
  let chat: ChatPage;
  withChatPage(themes.dark, async (opened) => {
    chat = opened;
    await chat.give(
      header(),
      page([
        message(1, "Steps:\n\n3. take  one\n4. leave **two**\n\n10) ten"),
        message(2, "```ts\nif (a) {\n\n\tb();\n}\n```", {
          mine: true,
          state: "failed",
          failureText: "bob is away.",
        }),
        message(3, "| a | b |\n|---|---|\n| 1 | 2 |"),
        message(4, "the end"),
      ]),
    );
  });

  /** Selects from a text to another, both included, and copies. */
  async function copied(within: Locator, from: string, to: string): Promise<string> {
    return within.evaluate(
      (element, [first, last]) => {
        const find = (wanted: string) => {
          const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
            const at = node.nodeValue?.indexOf(wanted) ?? -1;
            if (at >= 0) return { node, at };
          }
          throw new Error(`no ${wanted}`);
        };
        const [start, end] = [find(first), find(last)];
        document.getSelection()?.setBaseAndExtent(start.node, start.at, end.node, end.at + last.length);
        let text = "";
        const read = ({ clipboardData }: ClipboardEvent) => {
          text = clipboardData?.getData("text/plain") ?? "";
        };
        window.addEventListener("copy", read, { once: true });
        document.execCommand("copy");
        return text;
      },
      [from, to] as const,
    );
  }
  const body = (index: number) => chat.messages.nth(index).locator(".body");
  const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "");

  it("has the numbers of lists, but for an item that is cut", async () => {
    assert.deepEqual(lines(await copied(body(0), "Steps", "ten")), [
      "Steps:",
      "3. take  one",
      "4. leave two",
      "10) ten",
    ]);
    assert.deepEqual(lines(await copied(body(0), "one", "leave")), ["one", "4. leave"]);
    assert.equal(await copied(body(0), "leave", "two"), "leave two");
  });

  it("has the lines and blanks of code, without the buttons beside it", async () => {
    assert.equal((await copied(body(1), "if", "}")).trim(), "if (a) {\n\n\tb();\n}");
    // Up to the next message but one, since the buttons and the text for screen readers come after a message's own text.
    const all = await copied(chat.log, "Steps", "the end");
    assert.match(await chat.log.evaluate((log) => log.textContent), /Retry/);
    assert.doesNotMatch(all, /Copy|Retry|Details/);
    for (const spoken of await chat.log.locator(".spoken").allTextContents())
      assert.ok(spoken.trim() === "" || !lines(all).includes(spoken.trim()), spoken);
    assert.match(all, /bob is away\./);
  });

  it("has the cells of a table apart, and leaves the page as it was", async () => {
    const before = await chat.log.innerHTML();
    assert.deepEqual(lines(await copied(body(2), "a", "2")), ["a\tb", "1\t2"]);
    assert.equal(await chat.log.innerHTML(), before);
  });
});
