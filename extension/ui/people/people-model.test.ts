import assert from "node:assert/strict";
import fc from "fast-check";
import { directChat, partnerOf } from "../../../messenger/chats/direct.ts";
import type { ChatMessage, RequestNote } from "../../../messenger/model.ts";
import { useLanguage } from "../../../messenger/text/times.ts";
import { newMessageId, username } from "../../../protocol/names.ts";
import { previewText } from "../../contract/markdown/without-marks.ts";
import { newestRequest, nextUnreadOf } from "../chats/unread-order.ts";
import { aChat, aMessage, aPerson, aRequest, mine } from "../test-people.ts";
import { untranslated as t } from "../translate.ts";
import { lastLine } from "./last-line.ts";
import { peopleBadge, peopleModel } from "./people-model.ts";

const shape = (snapshot: Parameters<typeof peopleModel>[0]) =>
  peopleModel(snapshot, t).map(({ id, rows }) => [id, ...rows.map((row) => row.label)]);
const row = (snapshot: Parameters<typeof peopleModel>[0], id: string) => {
  const found = peopleModel(snapshot, t)
    .flatMap(({ rows }) => rows)
    .find((candidate) => candidate.id === id);
  assert.ok(found, `no row ${id}`);
  return found;
};

describe("the people view", () => {
  it("is empty with nobody in it, so that the welcome content shows", () => {
    assert.deepEqual(shape({ people: [], chats: [] }), []);
    assert.deepEqual(shape({ people: [aPerson("bob", { online: false })], chats: [] }), []);
  });
  it("shows a request in its own section only", () => {
    const snapshot = { people: [aPerson("bob")], chats: [aChat("bob", { phase: "invited" })] };
    assert.deepEqual(shape(snapshot), [["requests", "bob"]]);
    assert.deepEqual(row(snapshot, "request:user:bob").flags, ["request"]);
  });
  it("shows each block that only the server lists, for a decision, beside other people", () => {
    const snapshot = {
      people: [aPerson("bob")],
      chats: [aChat("bob")],
      claimedBlocks: [username("bob"), username("eve")],
    };
    assert.deepEqual(shape(snapshot), [
      ["claims", "bob", "eve"],
      ["conversations", "bob"],
    ]);
    const { flags, spoken, id } = row(snapshot, "claim:eve");
    assert.deepEqual([flags, id], [["claimed"], "claim:eve"]);
    assert.equal(spoken, "eve, blocked, the server says, not blocked here: keep or lift?");
    assert.deepEqual(row(snapshot, "person:user:bob").flags.includes("blocked"), false);
  });
  it("shows the note of a request as one line, with hiding and reordering characters named", () => {
    const asked = (note: RequestNote) =>
      row(
        {
          people: [aPerson("bob")],
          chats: [aChat("bob", { phase: "invited", request: aRequest({ note }) })],
        },
        "request:user:bob:first",
      );
    const id = newMessageId();
    const hostile = asked({ kind: "text", id, text: "hi\n\u202eyou\u2066, [ok](command:x)\u001b[2J" });
    assert.equal(hostile.description, "“hi [U+202E]you[U+2066], [ok] (command:x)[U+001B][2J”");
    assert.equal(hostile.spoken, "bob, wants to talk, “hi [U+202E]you[U+2066], [ok] (command:x)[U+001B][2J”");
    assert.ok(hostile.tooltip.split("\n").includes("“hi [U+202E]you[U+2066], [ok] (command:x)[U+001B][2J”"));
    assert.equal(hostile.tooltip.split("\n").length, 4);
    const quoting = asked({ kind: "text", id, text: "hi” You know this person. “" });
    assert.equal(quoting.description, '“hi" You know this person. "”');
    const unopened = asked({ kind: "unopened" });
    assert.equal(unopened.description, "Includes a note that couldn't be opened.");
  });
  it("shows conversations in the order given, offline ones too, and the other people online", () => {
    const people = [aPerson("bob"), aPerson("carol"), aPerson("zoe", { online: false })];
    const chats = [aChat("zoe", { online: false, phase: "closed-by-peer" }), aChat("bob")];
    assert.deepEqual(shape({ people, chats }), [
      ["conversations", "zoe", "bob"],
      ["online", "carol"],
    ]);
  });
  it("differs by shape and by word, not by colour alone", () => {
    const people = [
      aPerson("bob", { trust: "verified" }),
      aPerson("zoe", { online: false, trust: "pinned" }),
    ];
    const chats = [
      aChat("bob", { unread: 3, trust: "verified" }),
      aChat("zoe", { online: false, phase: "requested" }),
    ];
    const bob = row({ people, chats }, "person:user:bob");
    const zoe = row({ people, chats }, "person:user:zoe");
    assert.equal(bob.description, "3 new · ✓ verified");
    assert.equal(bob.spoken, "bob, online, 3 new, verified");
    assert.equal(zoe.spoken, "zoe, offline, asked, no answer yet");
    assert.notEqual(bob.icon.id, zoe.icon.id);
  });
  it("marks a changed key before anything else, and does not offer to verify it", () => {
    const changed = row(
      {
        people: [aPerson("bob", { trust: "changed" })],
        chats: [aChat("bob", { phase: "key-changed", trust: "changed" })],
      },
      "person:user:bob",
    );
    assert.equal(changed.icon.id, "warning");
    assert.deepEqual(changed.flags, ["person", "online", "changed"]);
  });
  it("offers to close a conversation that is open or requested", () => {
    for (const phase of ["requested", "establishing", "open"] as const)
      assert.ok(
        row({ people: [], chats: [aChat("bob", { phase })] }, "person:user:bob").flags.includes("open"),
        phase,
      );
    for (const phase of ["none", "closed-by-me", "closed-by-peer", "key-changed"] as const)
      assert.ok(
        !row({ people: [], chats: [aChat("bob", { phase })] }, "person:user:bob").flags.includes("open"),
        phase,
      );
  });
});

describe("the newest text of a row", () => {
  before(() => useLanguage("en-GB"));
  after(() => useLanguage(""));
  const now = new Date(2026, 10, 30, 19, 30).getTime();
  const at = new Date(2026, 10, 30, 19, 12).getTime();
  const message = (body: ChatMessage["body"], rest: Partial<ChatMessage> = {}) =>
    aMessage({ at, body, ...rest });
  const shown = (line: ChatMessage, draft = "") =>
    row(
      {
        people: [aPerson("bob")],
        chats: [aChat("bob", { unread: 2, draft })],
        lastLines: new Map([[line.chat, lastLine(line, mine.author, previewText, t)]]),
        now,
      },
      "person:user:bob",
    );

  it("is in the row with its time, and is spoken after the rest of the row", () => {
    const theirs = shown(message({ kind: "text", text: "see **you**\nthen" }));
    assert.equal(theirs.description, "2 new · 19:12 · see you then");
    assert.equal(theirs.spoken, "bob, online, 2 new, see you then, 19:12");
    const ours = shown(message({ kind: "text", text: "ok" }, mine));
    assert.equal(ours.description, "2 new · 19:12 · You: ok");
    assert.match(shown(message({ kind: "event", event: "opened" })).description, /19:12 · Chat opened/);
  });
  it("cannot break, hide or reorder the line, with any text of a peer", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
        const { description, spoken } = shown(message({ kind: "text", text }));
        for (const line of [description, spoken]) {
          // \p{Cf} is too wide: its joiners and tags belong to some scripts and to emoji.
          assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u206F\uFFF9-\uFFFB]/u);
          assert.ok([...line].length < 200);
        }
      }),
      { examples: [["\u{E0020}!"], ["\u202E!"]] },
    );
  });
  it("is replaced by a draft", () => {
    const drafted = shown(message({ kind: "text", text: "see you" }), "not\nfinished");
    assert.equal(drafted.description, "2 new · Draft: not finished");
    assert.equal(drafted.spoken, "bob, online, 2 new, Draft: not finished");
  });
  it("puts the chat with the newest first", () => {
    const chats = [
      aChat("bob", { lastActivity: 1 }),
      aChat("zoe", { lastActivity: 3 }),
      aChat("amy", { lastActivity: 2 }),
    ];
    assert.deepEqual(shape({ people: [], chats }), [["conversations", "zoe", "amy", "bob"]]);
  });
});

describe("the next unread chat", () => {
  it("is the one that has waited longest, requests too, muted chats last, and never the one in front", () => {
    const chats = [
      aChat("new", { unread: 1, lastActivity: 9 }),
      aChat("old", { unread: 1, lastActivity: 2 }),
      aChat("asks", { phase: "invited", lastActivity: 5, request: aRequest() }),
      aChat("quiet", { unread: 1, lastActivity: 1, muted: "all" }),
      aChat("read", { lastActivity: 0 }),
    ];
    const order: string[] = [];
    for (let left = chats; ; ) {
      const next = nextUnreadOf(left, directChat(username("new")));
      if (next === undefined) break;
      order.push(partnerOf(next));
      left = left.filter(({ id }) => id !== next);
    }
    assert.deepEqual(order, ["old", "asks", "quiet"]);
  });
});

describe("the newest request", () => {
  it("is the one that arrived last", () => {
    const asks = (peer: string, lastActivity: number) =>
      aChat(peer, { phase: "invited", lastActivity, request: aRequest() });
    const chats = [asks("bob", 1), asks("zoe", 3), aChat("amy", { lastActivity: 5 })];
    assert.equal(newestRequest(chats), "user:zoe");
    assert.equal(newestRequest([aChat("amy")]), undefined);
  });
});

describe("the badge", () => {
  it("counts unread messages and waiting requests, and says which", () => {
    assert.equal(peopleBadge([aChat("bob")], t), undefined);
    assert.equal(peopleBadge([aChat("bob", { unread: 2, muted: "all" })], t), undefined);
    assert.equal(peopleBadge([aChat("bob", { unread: 2, muted: "toasts" })], t)?.value, 2);
    assert.deepEqual(peopleBadge([aChat("bob", { unread: 2 }), aChat("carol", { phase: "invited" })], t), {
      value: 3,
      tooltip: "2 unread messages, 1 request to talk",
    });
  });
});
