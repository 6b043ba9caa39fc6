import assert from "node:assert/strict";
import fc from "fast-check";
import { type HostMessage, type PanelHeader, type PanelMessage, parseHostMessage } from "./panel.ts";

const header: PanelHeader = {
  ...{
    chat: "user:bob",
    peer: "bob",
    me: "alice",
    shownIn: "editor",
    phase: "open",
    blocked: false,
    online: true,
    trust: "pinned",
  },
  ...{ connected: true, signedOut: false, connectionText: "", timerSeconds: 0 },
  menu: [
    [{ command: "searchChat", title: "Search Chat…" }],
    [{ command: "closeChat", title: "Close Chat…" }],
  ],
};
const message: PanelMessage = {
  ...{
    id: "01",
    author: "alice",
    mine: true,
    at: 1,
    position: 2,
    state: "failed",
    failureText: "It failed.",
  },
  ...{ body: { kind: "text", text: "hello" }, expiry: { seconds: 60, due: 61_000 } },
};
const file = { name: "a.txt", type: "text/plain", bytes: 1, until: 2, description: "" };
const part: HostMessage = {
  type: "picturePart",
  ...{ id: "01", item: 0, media: "image/png", width: 1, height: 2, frames: 1 },
  ...{ size: 2, offset: 0, data: new Uint8Array(2) },
};
const page = {
  type: "page",
  place: "replace",
  messages: [message],
  hasOlder: true,
  hasNewer: false,
} as const;
const valid: readonly HostMessage[] = [
  { type: "header", header },
  {
    type: "header",
    header: {
      ...{ ...header, standing: "talking", firstUnread: "01" },
      profile: { name: "Bob B.", color: 3, alike: "carol" },
      request: { shown: "one", known: "Never met.", key: "Key: 00", note: "hi" },
      keyChange: { shown: "a>b", pinned: "aa", offered: "bb" },
    },
  },
  page,
  { ...page, goTo: "01" },
  { type: "page", place: "prepend", messages: [], hasOlder: false },
  { type: "page", place: "append", messages: [message], hasNewer: true },
  { type: "added", message },
  { type: "updated", message: { ...message, body: { kind: "event", event: "opened" } } },
  { type: "removed", ids: ["01"] },
  { type: "draft", text: "" },
  { type: "taken", id: "01" },
  { type: "refused", ids: ["01"], text: "again" },
  { type: "typing", typing: true },
  { type: "focusComposer" },
  { type: "lendFocus", soon: true },
  { type: "returnFocus" },
  {
    type: "updated",
    message: {
      ...message,
      body: { kind: "files", files: [file], caption: "" },
      files: [{ type: "fetching", done: 0.5 }],
    },
  },
  { type: "fetched", id: "01", item: 0, done: 1 },
  { type: "fileFailed", id: "01", item: 9, text: "No." },
  { type: "noPicture", id: "01", item: 0, why: "damaged" },
  part,
];
const invalid: readonly unknown[] = [
  undefined,
  "focusComposer",
  {},
  { type: "quit" },
  { type: "focusComposer", extra: 1 },
  { type: "header" },
  { type: "header", header: { ...header, phase: "unheard-of" } },
  { type: "header", header: { ...header, timerSeconds: -1 } },
  { type: "header", header: { ...header, menu: [[{ command: "forgetAccount", title: "Forget Account…" }]] } },
  { type: "page", place: "middle", messages: [] },
  { type: "page", place: "prepend", messages: [], hasNewer: true },
  { ...page, messages: [{ ...message, body: { kind: "unheard-of" } }] },
  { ...page, messages: [{ ...message, position: 1.5 }] },
  { type: "added", message: { ...message, state: "lost" } },
  { type: "removed", ids: "01" },
  { type: "fetched", id: "01", item: 0, done: 2 },
  { ...part, media: "image/svg+xml" },
  { ...part, data: "AAAA" },
  { ...part, data: new Uint8Array(1024 * 1024 + 1) },
  { ...part, width: 0 },
];

describe("the messages to a page", () => {
  for (const value of valid)
    it(`include ${JSON.stringify(value).slice(0, 60)}`, () => {
      assert.deepEqual(parseHostMessage(structuredClone(value)), value);
    });

  for (const value of invalid)
    it(`do not include ${JSON.stringify(value)?.slice(0, 60)}`, () => {
      assert.equal(parseHostMessage(value), undefined);
    });

  it("are parsed without throwing, to a plain copy", () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 3 }), (value) => {
        const taken = parseHostMessage(value);
        if (taken !== undefined) assert.deepEqual(taken, value);
      }),
    );
  });
});
