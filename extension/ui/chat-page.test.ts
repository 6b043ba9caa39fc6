import assert from "node:assert/strict";
import { newMessageId, username } from "../../protocol/names.ts";
import type { ChatMessage } from "../messenger/messenger.ts";
import { chatPage, panelHeader, panelMessage } from "./chat-page.ts";
import { aChat, anAccount, offline } from "./test-people.ts";
import { untranslated as t } from "./translate.ts";

const aMessage = (position: number, rest: Partial<ChatMessage> = {}): ChatMessage => ({
  id: newMessageId(),
  peer: username("bob"),
  mine: false,
  at: 1,
  position,
  body: { kind: "text", text: "hello" },
  ...rest,
});

describe("the page of a chat panel", () => {
  const page = chatPage({
    cspSource: "https://w.example",
    nonce: "n0nce",
    script: "https://w.example/a.js?x&y",
    style: "s.css",
    language: 'en"><script>',
  });
  it("lets nothing run but the one script with the nonce, and nothing load from elsewhere", () => {
    const policy = /content="([^"]+)"/.exec(page)?.[1]?.replaceAll("&#39;", "'") ?? "";
    const rules = new Map(
      policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1).join(" ")]),
    );
    assert.equal(rules.get("default-src"), "'none'");
    assert.equal(rules.get("script-src"), "'nonce-n0nce'");
    assert.equal(rules.get("style-src"), "https://w.example");
    assert.equal(rules.has("connect-src"), false);
    assert.doesNotMatch(policy, /unsafe|\*|data:|https:(?!\/\/w\.example)/);
  });
  it("has exactly one script and no inline code, whatever goes into it", () => {
    assert.equal(page.match(/<script/g)?.length, 1);
    assert.match(page, /<script nonce="n0nce" src="[^"]+"><\/script>/);
    assert.doesNotMatch(page, /<style|\son\w+=/);
  });
});

describe("what a page is told", () => {
  it("says where we stand in the header", () => {
    const snapshot = { hasLock: false, state: offline, account: anAccount, people: [], chats: [] };
    const header = panelHeader(aChat("bob"), snapshot, t);
    assert.equal(header.connected, false);
    assert.match(header.connectionText, /^chat\.example cannot be reached/);
    assert.equal(header.me, "alice");
    assert.ok(!("firstUnread" in header));
  });
  it("says with a request who asks, and what they wrote", () => {
    const snapshot = { hasLock: false, state: offline, account: anAccount, people: [], chats: [] };
    const request = (chat: Parameters<typeof aChat>[1]) =>
      panelHeader(aChat("bob", chat), snapshot, t).request;
    const note = { kind: "text", id: newMessageId(), text: "about\u202e the deploy" } as const;
    assert.equal(request({ phase: "invited", note })?.note, "“about the deploy”");
    assert.ok(!("note" in (request({ phase: "invited" }) ?? {})));
    assert.equal(request({ phase: "open" }), undefined);
  });
  it("puts failures into words", () => {
    const failed = panelMessage(aMessage(1, { mine: true, state: "failed", failure: "mailbox-full" }), t);
    assert.match(failed.failureText ?? "", /mailbox of bob is full/);
    assert.match(
      panelMessage(aMessage(1, { mine: true, state: "failed", failure: "new-code" }), t).failureText ?? "",
      /went wrong/,
    );
    assert.ok(!("failureText" in panelMessage(aMessage(1, { mine: true, state: "sent" }), t)));
  });
});
