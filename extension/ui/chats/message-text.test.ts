import assert from "node:assert/strict";
import { untranslated } from "../../../messenger/kinds/translate.ts";
import type { ChatMessage } from "../../../messenger/model.ts";
import { useLanguage } from "../../../messenger/text/times.ts";
import { newMessageId } from "../../../protocol/names.ts";
import { messageIdIn } from "../../contract/message-menu.ts";
import { aMessage, mine } from "../test-people.ts";
import { untranslated as t } from "../translate.ts";
import { messageDetailsText, messageMarkdown, messagePlainText } from "./message-text.ts";

const at = new Date(2026, 10, 30, 19, 12).getTime();
const message = (rest: Partial<ChatMessage> = {}) =>
  aMessage({
    at,
    body: { kind: "text", text: "# Do **this**:\n```sh\nls `x`\n```\nsee [docs](https://example.org/)" },
    ...rest,
  });

describe("the menu of a message", () => {
  before(() => useLanguage("en-GB"));
  after(() => useLanguage(""));

  it("copies the text as written, or without its Markdown marks, and code unchanged", async () => {
    const plain = (text: string) => messagePlainText(message({ body: { kind: "text", text } }), untranslated);
    assert.equal(
      await messagePlainText(message(), untranslated),
      "Do this:\nls `x`\nsee docs (https://example.org/)",
    );
    assert.equal(
      await plain("`a**b**c` *d*\n```ts\nx = y ** 2 ** z; // `~~w~~`\n```"),
      "a**b**c d\nx = y ** 2 ** z; // `~~w~~`",
    );
    assert.equal(await plain("```\r\none\r\ntwo\r\n```"), "one\r\ntwo", "with its line endings");
    assert.match(messageMarkdown(message(), untranslated), /^# Do \*\*this\*\*:\n```sh/);
  });
  it("shows when a message was sent, its state, and when it disappears", () => {
    assert.match(
      messageDetailsText(message(), mine.author, t),
      /^Sent by bob on Monday.* 30 November 2026 .*19:12:00\.$/,
    );
    const sent = message({ ...mine, state: "read", expiry: { seconds: 3600 } });
    assert.match(
      messageDetailsText(sent, mine.author, t),
      /^Sent to bob on .*\. Delivered and read\. Disappears 1 hour after it arrives\.$/,
    );
  });
  it("accepts from the page a message's id and nothing else", () => {
    const id = newMessageId();
    assert.equal(messageIdIn({ webview: "parley.chat", messageId: id, more: 1 }), id);
    for (const wrong of [
      undefined,
      null,
      id,
      {},
      { messageId: 1 },
      { messageId: `${id}0` },
      { messageId: "../x" },
    ])
      assert.equal(messageIdIn(wrong), undefined);
  });
});
