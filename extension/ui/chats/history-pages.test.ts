import assert from "node:assert/strict";
import type { ChatMessage, Stretch } from "../../../messenger/messenger.ts";
import type { HostMessage } from "../../contract/panel.ts";
import { aMessage } from "../test-people.ts";
import { untranslated } from "../translate.ts";
import { panelMessage } from "./chat-page.ts";
import { HistoryPages, PAGE_MESSAGES } from "./history-pages.ts";

/** Messages at positions 1, 3, 5, ..., since other chats use the ones between. */
function history(count: number): readonly ChatMessage[] {
  return Array.from({ length: count }, (_, n) =>
    aMessage({ at: n, position: 2 * n + 1, body: { kind: "text", text: String(n) } }),
  );
}
const reading =
  (all: readonly ChatMessage[]) =>
  ({ limit, before, after }: Stretch) =>
    after === undefined
      ? all.filter(({ position }) => position < (before ?? Number.MAX_SAFE_INTEGER)).slice(-limit)
      : all.filter(({ position }) => position > after).slice(0, limit);
const pages = (all: readonly ChatMessage[]) =>
  new HistoryPages(reading(all), (message) => panelMessage(message, undefined, untranslated));

function shown(message: HostMessage) {
  assert.ok(message.type === "page");
  const texts = message.messages.map(({ body }) => (body.kind === "text" ? Number(body.text) : -1));
  const { messages, ...page } = message;
  return { first: texts[0], last: texts.at(-1), count: texts.length, page };
}
const page = { type: "page", place: "replace" } as const;

describe("the pages of a history", () => {
  it("know exactly whether there is more", async () => {
    const all = pages(history(PAGE_MESSAGES + 1));
    assert.deepEqual(shown(await all.newest()), {
      first: 1,
      last: PAGE_MESSAGES,
      count: PAGE_MESSAGES,
      page: { ...page, hasOlder: true, hasNewer: false },
    });
    assert.equal(shown(await all.older(3)).count, 1);
    assert.deepEqual(shown(await all.older(3)).page, { type: "page", place: "prepend", hasOlder: false });
    assert.deepEqual(shown(await all.newer(1)).page, { type: "page", place: "append", hasNewer: false });
    assert.deepEqual(shown(await all.newer(-1)).page, { type: "page", place: "append", hasNewer: true });
    assert.equal(shown(await pages(history(PAGE_MESSAGES)).newest()).page.type, "page");
  });

  it("surround a position, half before and half from it on", async () => {
    const messages = history(1000);
    const around = shown(await pages(messages).around(1001, true));
    assert.deepEqual([around.first, around.last], [450, 549]);
    assert.deepEqual(around.page, { ...page, hasOlder: true, hasNewer: true, goTo: messages[500]?.id });
    assert.deepEqual(shown(await pages(messages).around(1000, false)).page, {
      ...page,
      hasOlder: true,
      hasNewer: true,
    });
  });

  it("highlight the last message when the position is beyond it, and none in an empty chat", async () => {
    const messages = history(3);
    const beyond = shown(await pages(messages).around(99, true));
    assert.deepEqual(beyond.page, { ...page, hasOlder: false, hasNewer: false, goTo: messages[2]?.id });
    assert.deepEqual(shown(await pages([]).around(5, true)).page, {
      ...page,
      hasOlder: false,
      hasNewer: false,
    });
  });
});
