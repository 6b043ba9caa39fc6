import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_DESCRIPTION_BYTES, MAX_FILES, MAX_PREVIEW_BYTES, PIECE_BYTES } from "./attachments.ts";
import { type PageMessage, parsePageMessage, parsePagePost } from "./page-message.ts";
import { MAX_DRAFT_CHARACTERS, MAX_TEXT_BYTES } from "./text.ts";

const id = "0123456789abcdef0123456789abcdef";
const piece = {
  type: "attachPiece",
  file: id,
  name: "a.txt",
  bytes: 3,
  offset: 0,
  data: Buffer.from("abc"),
} as const;
const valid: readonly PageMessage[] = [
  { type: "ready" },
  { type: "send", id, text: "hello" },
  { type: "send", id, text: "x".repeat(MAX_TEXT_BYTES) },
  { type: "send", id, text: "hello", replyTo: id },
  { type: "edit", id, target: id, text: "hello" },
  { type: "react", target: id, emoji: "👍", on: true },
  { type: "delete", target: id },
  { type: "versions", target: id },
  { type: "quotes", ids: [id] },
  { type: "goTo", target: id },
  { type: "draft", text: "mine", aim: { kind: "reply", target: id } },
  { type: "draft", text: "mine", aim: { kind: "edit", target: id, text: "half" } },
  { type: "retry", id },
  { type: "loadOlder", before: 0 },
  { type: "loadNewer", after: 99_999 },
  { type: "loadNewest" },
  { type: "typed" },
  { type: "read", active: true },
  { type: "draft", text: "" },
  { type: "draft", text: "came back", includes: id },
  { type: "draft", text: "x".repeat(MAX_DRAFT_CHARACTERS) },
  { type: "place", place: {} },
  {
    type: "place",
    place: {
      top: { id, position: 7, offset: -120.5 },
      unreadLine: id,
      focused: id,
      cursor: { start: 0, end: 4 },
    },
  },
  { type: "reported" },
  { type: "focus", has: true, turn: 1 },
  { type: "action", action: "backToChats" },
  { type: "copy", text: "const a = 1;" },
  { type: "openLink", href: "https://example.org/a?b#c" },
  { type: "openLink", href: "mailto:bob@example.org" },
  { type: "action", action: "verifySafetyNumber" },
  { type: "action", action: "acceptNewKey" },
  { type: "decide", decision: "accept", shown: "0123/abc" },
  { type: "decide", decision: "closeChat", shown: "" },
  { type: "safety", answer: "match", number: "12345 67890" },
  { type: "safety", answer: "paste", number: "" },
  { type: "file", id, item: 9, does: "open" },
  { type: "picture", id, item: 0 },
  { type: "pictureGone", id, item: 0 },
  { type: "sendFiles", id, parcel: id, text: "" },
  { type: "sendFiles", id, parcel: id, text: "look", replyTo: id },
  { ...piece, data: new Uint8Array(PIECE_BYTES) },
  { ...piece, bytes: 0, data: new Uint8Array() },
  { type: "stopPieces", file: id },
  { type: "attachDropped", uris: ["file:///work/a.ts"] },
  { type: "pickFiles" },
  { type: "detachFile", copy: id },
  { type: "describeFile", copy: id, description: "x".repeat(MAX_DESCRIPTION_BYTES) },
  { type: "describeFile", copy: id, preview: new Uint8Array(MAX_PREVIEW_BYTES) },
  { type: "resendFiles", parcel: id },
  { type: "cancelFiles", parcel: id },
];
const invalid: readonly unknown[] = [
  undefined,
  null,
  "ready",
  [],
  {},
  { type: "quit" },
  { type: "ready", extra: 1 },
  { type: "send", id },
  { type: "send", text: "without an id" },
  { type: "send", id: "1", text: "x" },
  { type: "send", id, text: "" },
  { type: "send", id, text: " \n\t" },
  { type: "send", id, text: 5 },
  { type: "send", id, text: "x".repeat(MAX_TEXT_BYTES + 1) },
  { type: "send", id, text: "€".repeat(MAX_TEXT_BYTES / 2) },
  { type: "send", id, text: "x", replyTo: "1" },
  { type: "edit", id, target: id, text: " " },
  { type: "edit", id, target: id, text: "x".repeat(MAX_TEXT_BYTES + 1) },
  { type: "edit", id, target: "1", text: "x" },
  { type: "react", target: id, emoji: "<b>", on: true },
  { type: "react", target: id, emoji: "👍".repeat(10_000), on: true },
  { type: "delete", target: "x" },
  { type: "quotes", ids: Array.from({ length: 501 }, () => id) },
  { type: "draft", text: "", aim: { kind: "edit", target: id, text: "x".repeat(MAX_DRAFT_CHARACTERS + 1) } },
  { type: "retry", id: `${id}0` },
  { type: "retry", id: "../../etc/passwd" },
  { type: "loadOlder", before: -1 },
  { type: "loadOlder", before: 1.5 },
  { type: "loadOlder", before: Number.NaN },
  { type: "loadNewer", before: 1 },
  { type: "loadNewer", after: 2 ** 53 },
  { type: "draft", text: "x".repeat(MAX_DRAFT_CHARACTERS + 1) },
  { type: "draft", text: "", includes: "" },
  { type: "focus" },
  { type: "focus", has: true, turn: -1 },
  { type: "place" },
  { type: "place", place: { top: { id, position: 7 } } },
  { type: "place", place: { top: { id: "1", position: 7, offset: 0 } } },
  { type: "place", place: { top: { id, position: -1, offset: 0 } } },
  { type: "place", place: { top: { id, position: 7, offset: Number.POSITIVE_INFINITY } } },
  { type: "place", place: { focused: "../../etc/passwd" } },
  { type: "place", place: { cursor: { start: 0.5, end: 1 } } },
  { type: "openLink", href: "command:workbench.action.quit" },
  { type: "openLink", href: "javascript:alert(1)" },
  { type: "openLink", href: "file:///etc/passwd" },
  { type: "openLink", href: "vscode://parley-chat.parley/join" },
  { type: "openLink", href: "HTTPS://Example.org" },
  { type: "openLink", href: " https://example.org/" },
  { type: "action", action: "forget" },
  { type: "action" },
  { type: "safety", answer: "match" },
  { type: "safety", answer: "trust", number: "12345" },
  { type: "safety", answer: "match", number: "1".repeat(513) },
  { type: "action", action: "accept" },
  { type: "decide", decision: "accept" },
  { type: "decide", decision: "verify", shown: "0123/abc" },
  { type: "decide", decision: "accept", shown: "x".repeat(513) },
  { type: "file", id, item: 10, does: "save" },
  { type: "file", id, item: -1, does: "save" },
  { type: "file", id, item: 0, does: "run" },
  { type: "file", id, item: 0, does: "save", path: "/etc/passwd" },
  { type: "file", id: "../..", item: 0, does: "open" },
  { type: "picture", id, item: 0.5 },
  { type: "picture", id, item: 0, chat: "user:eve" },
  { type: "pictureGone", id: "x", item: 0 },
  { type: "sendFiles", id, text: "" },
  { type: "sendFiles", id, parcel: "../x", text: "" },
  { type: "sendFiles", id, parcel: id, text: "x".repeat(MAX_TEXT_BYTES + 1) },
  { ...piece, data: new Uint8Array(PIECE_BYTES + 1) },
  { ...piece, data: "abc" },
  { ...piece, data: [97, 98, 99] },
  { ...piece, bytes: -1 },
  { ...piece, offset: 0.5 },
  { ...piece, name: "x".repeat(1025) },
  { ...piece, path: "/etc/passwd" },
  { type: "attachFile", path: "/etc/passwd" },
  { type: "attachDropped", uris: Array.from({ length: MAX_FILES + 1 }, () => "file:///work/a.ts") },
  { type: "attachDropped", uris: ["x".repeat(8 * 1024 + 1)] },
  { type: "pickFiles", path: "/etc/passwd" },
  { type: "detachFile", copy: "0" },
  { type: "describeFile", copy: id, description: "ä".repeat(MAX_DESCRIPTION_BYTES / 2 + 1) },
  { type: "describeFile", copy: id, preview: new Uint8Array(MAX_PREVIEW_BYTES + 1) },
];

describe("the messages of a page", () => {
  for (const message of valid)
    it(`include ${JSON.stringify(message).slice(0, 60)}`, () => {
      assert.deepEqual(parsePageMessage(structuredClone(message)), message);
    });

  for (const message of invalid)
    it(`do not include ${JSON.stringify(message)?.slice(0, 60)}`, () => {
      assert.equal(parsePageMessage(message), undefined);
    });

  it("are parsed without throwing, to a plain copy", () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 3 }), (value) => {
        const message = parsePageMessage(value);
        if (message !== undefined) assert.deepEqual(message, value);
      }),
    );
  });
});

describe("a post of a page", () => {
  const message: PageMessage = { type: "draft", text: "for bob" };

  it("is read as the message of the page that is shown", () => {
    assert.deepEqual(parsePagePost({ page: "1", message }, "1"), message);
  });
  it("is ignored where it comes late, from the page of another chat", () => {
    assert.equal(parsePagePost({ page: "1", message }, "2"), undefined);
    assert.equal(parsePagePost({ page: "", message }, "2"), undefined);
  });
  it("is ignored where anything about it is unexpected", () => {
    for (const post of [
      message,
      undefined,
      { page: "1" },
      { page: 1, message },
      { page: "1", message, extra: 1 },
      { page: "1", message: { type: "quit" } },
    ])
      assert.equal(parsePagePost(post, "1"), undefined);
  });
});
