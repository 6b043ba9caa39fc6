/**
 * The page in a language whose sentences are marked and half as long again: none is still English, and all
 * fit.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { HostMessage, PanelHeader } from "../../extension/contract/panel.ts";
import { chatMenu } from "../../extension/ui/chats/chat-menu.ts";
import { pseudoText, untranslatedParts } from "../../messenger/kinds/pseudo-locale-fixture.ts";
import { username } from "../../protocol/names.ts";
import { type ChatPage, chatPages, header, idOf, message, page, titleOf } from "./chat-page.ts";
import { themes } from "./themes.ts";

const english = Object.keys(JSON.parse(readFileSync("l10n/bundle.l10n.json", "utf8")) as object);
const sentences = Object.fromEntries(english.map((text) => [text, pseudoText(text, 0.5)]));
/** Names and their initials, keys, and people's texts. */
const VALUES = ["bob", "alice", "hello", "poll", "TypeScript", "ts", "[x]", "B", "1a2b", "3c4d"];
const DATE = /\p{L}+tag, \d+\. \p{L}+(?: \d{4})?(?: um [\d:]+)?/gu;

const bodies = [
  { kind: "text", text: "hello\n\n```ts\nconst a = 1;\n```\n\n- [x] hello\n- [ ] hello" },
  { kind: "text", text: Array.from({ length: 120 }, () => "hello").join("\n") },
  { kind: "not-understood" },
  { kind: "unknown", type: "poll", fallback: "" },
  { kind: "event", event: "timer-set-by-peer", about: username("bob"), seconds: 604_800 },
] as const;
const states = ["waiting", "sending", "sent", "delivered", "read", "failed"] as const;
const history = page([
  ...bodies.map((body, at) => message(at + 1, "", { body })),
  message(10, "hello", {
    edited: { times: 1, at: 0 },
    replyTo: "f".repeat(32),
    reactions: [{ by: "bob", mine: false, emoji: ["👍"] }],
  }),
  message(11, "hello", { edited: { times: 3, at: 0 }, replyTo: idOf(10) }),
  message(12, "", { body: { kind: "deleted" } }),
  message(13, "", { body: { kind: "deleted" }, mine: true }),
  ...(["edit", "mark"] as const).map((kind, at) =>
    message(14 + at, "hello", {
      mine: true,
      edited: { times: 1, at: 0 },
      reactions: [{ by: "alice", mine: true, emoji: ["👍"] }],
      changes: [
        { id: idOf(90), kind, state: "failed", failureText: pseudoText("The server is busy") },
        { id: idOf(91), kind, state: "waiting" },
      ],
    }),
  ),
  ...states.map((state, at) =>
    message(20 + at, "hello", {
      mine: true,
      state,
      expiry: { seconds: 3600 },
      ...(state === "failed" && { failureText: pseudoText("The server is busy") }),
    }),
  ),
]);

const closed = { connected: true, online: false } as const;
const headers: readonly Partial<PanelHeader>[] = [
  { timerSeconds: 604_800, trust: "verified" },
  { online: false },
  { connected: false },
  { connected: false, signedOut: true },
  { blocked: true },
  { phase: "none", ...closed },
  { phase: "requested", standing: "1", ...closed },
  { phase: "invited", request: { shown: "1", known: pseudoText("A stranger"), key: pseudoText("Key") } },
  { phase: "establishing" },
  { phase: "closed-by-me", ...closed },
  { phase: "closed-by-peer" },
  { phase: "key-changed", trust: "changed", keyChange: { shown: "1", pinned: "1a2b", offered: "3c4d" } },
];
/** The manifest's titles, which the editor translates. */
const pseudoTitleOf = (command: string) => ({ title: pseudoText(titleOf(command).title, 0.5), icon: "" });
const safety = (verified: boolean): HostMessage => ({
  type: "safety",
  safety: { number: Array(12).fill("12345").join(" "), verified, mine: "1a2b", theirs: "3c4d" },
});

describe("a chat panel in another language", function () {
  this.timeout(180_000);
  const openPage = chatPages();
  let chat: ChatPage;
  const open = async (width: number) => {
    chat = await openPage(themes.dark, { width, height: 900 }, undefined, {
      sentences,
      language: "de",
    });
  };

  /** Returns all visible and spoken text of the page: its texts, and the names and hints of its elements, but not the names of emoji. */
  const shown = () =>
    chat.page.evaluate(() => {
      const texts: string[] = [];
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ALL);
      for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
        if (node.parentElement?.closest("script, pre, [role=row]") !== null) continue;
        if (node instanceof Text) texts.push(node.data);
        if (node instanceof Element)
          for (const name of ["title", "aria-label", "placeholder", "alt"])
            texts.push(node.getAttribute(name) ?? "");
      }
      return texts;
    });
  const bare = async () =>
    (await shown())
      .map((text) => untranslatedParts(text.replace(DATE, ""), VALUES))
      .filter((text) => text !== "");

  /** Returns the elements that are cut off, or extend beyond the page. */
  const cut = () =>
    chat.page.evaluate(() =>
      [
        ...document.querySelectorAll(
          "button, [role=menuitem], p, h1, h2, .pill, .bubble, dialog, .banner-text",
        ),
      ]
        .filter((element) => element.checkVisibility())
        .filter((element) => {
          const { left, right, width } = element.getBoundingClientRect();
          const outside = left < -1 || right > document.documentElement.clientWidth + 1;
          return width > 0 && (outside || element.scrollWidth > element.clientWidth + 1);
        })
        .map((element) => `${element.className}: ${element.textContent}`),
    );

  for (const width of [320, 1000])
    it(`has no English in any state, and fits a width of ${width}`, async () => {
      await open(width);
      await chat.give(header(), history);
      for (const changes of headers) {
        await chat.give(header(changes));
        assert.deepEqual(await bare(), [], JSON.stringify(changes));
        assert.deepEqual(await cut(), [], JSON.stringify(changes));
      }
    });

  it("has no English in its menus and the safety number", async () => {
    await open(320);
    await chat.give(header({ standing: "1", menu: chatMenu("open", "editor", pseudoTitleOf) }), history);
    await chat.page.locator("header button[aria-haspopup]").first().click();
    await chat.page.getByRole("menu").waitFor();
    assert.deepEqual(await bare(), []);
    assert.deepEqual(await cut(), []);
    await chat.page.keyboard.press("Escape");
    await chat.give({ type: "quoted", ids: ["f".repeat(32)], messages: [] });
    for (const open of [["Enter"], ["Enter", "ArrowDown", "Enter"], ["Shift+Enter"], ["F2"]]) {
      await chat.page.locator(`[data-key="${idOf(14)}"]`).focus();
      for (const key of open) await chat.page.keyboard.press(key);
      assert.deepEqual(
        (await bare()).filter((text) => !/^:.*:$/.test(text)),
        [],
        open.join(),
      );
      assert.deepEqual(await cut(), [], open.join());
      await chat.page.keyboard.press("Escape");
    }
    const versions = [{ at: 0, body: { kind: "text", text: "hello" } }] as const;
    for (const some of [[], versions]) {
      await chat.give({ type: "versions", id: idOf(14), versions: some });
      assert.deepEqual(await bare(), []);
      await chat.page.keyboard.press("Escape");
    }
    for (const verified of [false, true]) {
      await chat.give(safety(verified));
      await chat.page.getByRole("dialog").waitFor();
      assert.deepEqual(await bare(), []);
      assert.deepEqual(await cut(), []);
    }
  });

  it("declares its language, and formats days and numbers in it", async () => {
    await open(1000);
    await chat.give(header(), history);
    assert.equal(await chat.page.evaluate(() => document.documentElement.lang), "de");
    assert.match(await chat.page.locator(".day").first().innerText(), /^Sonntag, 1\. März(?: 2026)?$/);
    assert.match((await chat.page.locator("time").first().getAttribute("title")) ?? "", /um \d\d:\d\d:\d\d$/);
  });
});
