import assert from "node:assert/strict";
import type { Chat, ChatMessage } from "../../../messenger/messenger.ts";
import type { Trust } from "../../../messenger/model.ts";
import { type BlobId, newMessageId, username } from "../../../protocol/names.ts";
import { commandRows } from "../../commands/table.ts";
import { parsePageStart } from "../../contract/page-start.ts";
import { type PanelHeader, type PanelMessage, parseHostMessage } from "../../contract/panel.ts";
import { aChat, aMessage, anAccount, aRequest, mine, offline } from "../test-people.ts";
import { untranslated as t } from "../translate.ts";
import { chatMenu } from "./chat-menu.ts";
import { chatPage, panelHeader, panelMessage } from "./chat-page.ts";

describe("the page of a chat panel", () => {
  const page = chatPage({
    nonce: "n0nce",
    script: 'const ends = "<!--<script></SCRIPT>", less = 1<2, expression = /<!--<\\/script>/;',
    highlighter: 'const name = "</script>";',
    style: 'a::after { content: "</STYLE>"; }',
    language: 'en"><script>',
    start: { sentences: { "</script><!--": "</SCRIPT><b>" }, page: "</script>" },
  });
  it("allows only the one script with the nonce to run, pictures of its own bytes, and nothing to load", () => {
    const policy = /content="([^"]+)"/.exec(page)?.[1]?.replaceAll("&#39;", "'") ?? "";
    const rules = new Map(
      policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1).join(" ")]),
    );
    assert.equal(rules.get("default-src"), "'none'");
    assert.equal(rules.get("script-src"), "'nonce-n0nce'");
    assert.equal(rules.get("style-src"), "'nonce-n0nce'");
    assert.equal(rules.get("img-src"), "blob:");
    assert.deepEqual(
      [...rules.keys()],
      ["default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"],
    );
    assert.equal(rules.get("img-src"), "blob:", "pictures come only from bytes that the page has");
    assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
  });
  it("has exactly two scripts and one style, whose contents cannot end their elements", () => {
    assert.equal(page.match(/<script nonce="n0nce">/g)?.length, 1);
    assert.equal(page.match(/<style nonce="n0nce">/g)?.length, 1);
    assert.equal(page.match(/<script nonce="n0nce" type="text\/plain" id="highlighter">/g)?.length, 1);
    assert.equal(page.match(/<\/script/gi)?.length, 3);
    assert.equal(page.match(/<\/style/gi)?.length, 1);
    assert.doesNotMatch(page, /<!--|\ssrc=|\shref=|\son\w+=/);
  });
  it("keeps the meaning of the text that it escapes in them", () => {
    const start = /<script type="application\/json" id="start">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    assert.deepEqual(parsePageStart(start), {
      sentences: { "</script><!--": "</SCRIPT><b>" },
      page: "</script>",
    });
    const script = /<script nonce="n0nce">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    const [ends, less, expression] = new Function(`${script}; return [ends, less, expression];`)();
    assert.equal(ends, "<!--<script></SCRIPT>");
    assert.equal(less, true);
    assert.ok(expression.test("<!--</script>"));
  });
});

const titleOf = (command: string) => ({ title: `title of ${command}`, icon: "" });

describe("the menu at the top of a chat", () => {
  const commandsIn = (phase: Chat["phase"], shownIn: PanelHeader["shownIn"] = "editor") =>
    chatMenu(phase, shownIn, titleOf).map((group) => group.map(({ command }) => command));
  const always = ["searchChat", "goToDate", "mute", "exportChat"];
  const fromEditor = ["moveChatToSideBar"];

  it("offers all that the table places there, and while the chat is open the commands for that", () => {
    for (const phase of ["open", "establishing"] as const)
      assert.deepEqual(commandsIn(phase), [
        always,
        ["setTimer", "verifySafetyNumber"],
        fromEditor,
        ["closeChat"],
      ]);
    for (const phase of ["none", "requested", "invited", "closed-by-me", "key-changed"] as const)
      assert.deepEqual(commandsIn(phase), [always, fromEditor]);
    const placed = commandRows.filter(([, { places = [] }]) =>
      places.some((place) => place.in === "chatMenu"),
    );
    const offered = new Set([...commandsIn("open").flat(), ...commandsIn("open", "sideBar").flat()]);
    assert.deepEqual([...offered].sort(), placed.map(([command]) => command as string).sort());
  });
  it("offers to move the chat to the places that it isn't in", () => {
    assert.deepEqual(commandsIn("none", "sideBar"), [always, ["moveChatToEditor"]]);
    assert.deepEqual(commandsIn("none", "editor"), [always, ["moveChatToSideBar"]]);
  });
  it("has the titles of the palette", () => {
    assert.equal(chatMenu("open", "editor", titleOf)[0]?.[0]?.title, "title of parley.searchChat");
  });
});

describe("the values that a page gets", () => {
  const snapshot = {
    hasLock: false,
    side: "same",
    state: offline,
    account: anAccount,
    people: [],
    chats: [],
    claimedBlocks: [],
  } as const;

  it("have the messenger's phases, trust and delivery states, no more and no fewer", () => {
    // These do not compile if the contract's list and the model differ, since `true` is not assignable to `false`.
    type Same<A, B> = [A, B] extends [B, A] ? true : false;
    const same: [
      Same<PanelHeader["phase"], Chat["phase"]>,
      Same<PanelHeader["trust"], Trust>,
      Same<PanelMessage["state"], ChatMessage["state"]>,
    ] = [true, true, true];
    assert.ok(same.every(Boolean));
  });
  it("include the state of the connection in the header", () => {
    const header = panelHeader(aChat("bob"), "sideBar", snapshot, titleOf, t);
    assert.equal(header.connected, false);
    assert.match(header.connectionText, /^Can't reach chat\.example/);
    assert.equal(header.me, "alice");
    assert.equal(header.shownIn, "sideBar");
    assert.ok(!("firstUnread" in header));
  });
  it("include the sender and the note of a request", () => {
    const request = (chat: Parameters<typeof aChat>[1]) =>
      panelHeader(aChat("bob", chat), "editor", snapshot, titleOf, t).request;
    const note = { kind: "text", id: newMessageId(), text: "about\u202e the deploy" } as const;
    assert.equal(
      request({ phase: "invited", request: aRequest({ note }) })?.note,
      "“about[U+202E] the deploy”",
    );
    assert.ok(!("note" in (request({ phase: "invited", request: aRequest() }) ?? {})));
    assert.equal(request({ phase: "open" }), undefined);
  });
  it("have the reply, the edits, the reactions and the changes under way of a message", () => {
    const [id, target] = [newMessageId(), newMessageId()];
    const shown = panelMessage(
      aMessage({
        ...mine,
        replyTo: target,
        edited: { times: 1, at: 5 },
        marks: [
          { by: mine.author, name: "reaction", values: ["👍"] },
          { by: username("bob"), name: "reaction", values: ["🎉"] },
        ],
        changes: [{ id, kind: "edit", state: "failed", failure: "mailbox-full" }],
      }),
      mine.author,
      t,
    );
    assert.equal(shown.replyTo, target);
    assert.deepEqual(shown.edited, { times: 1, at: 5 });
    assert.deepEqual(shown.reactions, [
      { by: mine.author, mine: true, emoji: ["👍"] },
      { by: "bob", mine: false, emoji: ["🎉"] },
    ]);
    assert.match(shown.changes?.[0]?.failureText ?? "", /no room for more from you/);
    assert.notEqual(parseHostMessage({ type: "added", message: shown }), undefined);
  });
  it("have the names and states of files, and neither their keys nor their blobs' ids", () => {
    const [key, blob, sha256] = ["ab".repeat(32), "cd".repeat(32), "ef".repeat(32)];
    const file = {
      ...{ name: "a.png", type: "image/png", bytes: 9, until: 5, description: "a house", key, sha256 },
      ...{ blob: blob as BlobId, picture: { width: 3, height: 4, preview: "AAAA" } },
    };
    const body = { kind: "files", files: [file], caption: "look" } as const;
    const message = panelMessage(aMessage({ body, files: [{ type: "there" }] }), mine.author, t);
    const { picture, name, type, bytes, until, description } = file;
    const { width, height } = picture;
    const shown = { name, type, bytes, until, description, picture: { width, height } };
    assert.deepEqual(message.body, { kind: "files", files: [shown], caption: "look" });
    assert.deepEqual(message.files, [{ type: "there" }]);
    assert.notEqual(parseHostMessage({ type: "added", message }), undefined);
    const leaks = [body, { ...body, files: [{ ...shown, key }] }, { ...body, files: [{ ...shown, blob }] }];
    for (const leaky of leaks) {
      assert.equal(parseHostMessage({ type: "added", message: { ...message, body: leaky } }), undefined);
      const versions = [{ at: 1, body: leaky }];
      assert.equal(parseHostMessage({ type: "versions", id: message.id, versions }), undefined);
    }
  });
  it("have a sentence for each failure", () => {
    const failed = panelMessage(
      aMessage({ ...mine, state: "failed", failure: "mailbox-full" }),
      mine.author,
      t,
    );
    assert.match(failed.failureText ?? "", /no room for more from you to bob/);
    assert.match(
      panelMessage(aMessage({ ...mine, state: "failed", failure: "new-code" }), mine.author, t).failureText ??
        "",
      /went wrong/,
    );
    assert.ok(!("failureText" in panelMessage(aMessage({ ...mine, state: "sent" }), mine.author, t)));
  });
});
