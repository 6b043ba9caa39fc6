/** A chat as a file: a peer's text stays within its own quote, and within its own JSON value. */
import assert from "node:assert/strict";
import { directChat } from "../../../messenger/chats/direct.ts";
import { jsonFormat, markdownFormat } from "../../../messenger/history/export-format.ts";
import { untranslated } from "../../../messenger/kinds/translate.ts";
import type { ChatMessage } from "../../../messenger/model.ts";
import { newMessageId, username } from "../../../protocol/names.ts";
import { type Target, textOf, utf8 } from "../target.ts";

const bob = username("bob");
const about = { me: username("alice"), members: [bob], exportedAt: 0, t: untranslated };
const SAMPLES = [
  "hello",
  "> quote\n\nend",
  "![x](https://evil.example)",
  "<img src=x>",
  "```\ncode\n```",
  "[a]: b",
];

export function open(): Target {
  return {
    samples: SAMPLES.map(utf8),
    words: [
      "\n",
      "\r",
      "\u2028",
      "\u0085",
      "\v",
      "\f",
      "> ",
      "```",
      "~~~",
      "**bob**, ",
      "## ",
      "<",
      "![",
    ].map(utf8),
    maxBytes: 70_000,
    run(input) {
      const text = textOf(input);
      const message: ChatMessage = {
        id: newMessageId(),
        chat: directChat(bob),
        author: bob,
        at: 0,
        position: 1,
        body: { kind: "text", text },
      };
      const markdown = markdownFormat(about).message(message);
      const [day, empty, from, ...quote] = markdown.split(/\r\n|[\n\r\u2028\u2029]/);
      assert.match(`${day}|${empty}|${from}`, /^## [0-9-]+\|\|\*\*bob\*\*, [0-9:]+$/);
      assert.equal(quote[0], "");
      assert.ok(
        quote.slice(1, -2).every((line) => line.startsWith(">")),
        "a line leaves the quote",
      );
      const format = jsonFormat(about);
      const whole: unknown = JSON.parse(format.begin() + format.message(message) + format.end());
      assert.partialDeepStrictEqual(whole, { messages: [{ from: "bob", text }] });
    },
  };
}
