/** Replies, edits, deletions and reactions on the page: by pointer, by keyboard, by screen reader, and from hostile people. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { PanelMessage } from "../../extension/contract/panel.ts";
import { parseHostMessage } from "../../extension/contract/panel.ts";
import { type ChatPage, chatPages, header, idOf, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

const MINUTE_MS = 60_000;
const now = Date.now();
const recent = (position: number, text: string, changes: Partial<PanelMessage> = {}) =>
  message(position, text, { at: now - MINUTE_MS * (20 - position), ...changes });
const reactions = (...all: readonly (readonly [by: string, ...emoji: string[]])[]) =>
  all.map(([by, ...emoji]) => ({ by, mine: by === "alice", emoji }));

describe("changes to messages", function () {
  this.timeout(180_000);
  const openPage = chatPages();
  let chat: ChatPage;
  const open = async (theme: keyof typeof themes = "light", width = 760) => {
    chat = await openPage(themes[theme], { width, height: 700 });
  };
  beforeEach(() => open());

  const press = (...keys: readonly string[]) =>
    keys.reduce((before, key) => before.then(() => chat.page.keyboard.press(key)), Promise.resolve());
  const row = (position: number) => chat.page.locator(`[data-key="${idOf(position)}"]`);
  const focusedRow = () => chat.page.evaluate(() => document.activeElement?.getAttribute("data-key"));
  const value = () => chat.composer.inputValue();
  const bar = () => chat.page.locator(".composer-aim");
  const label = async (position: number) => (await row(position).getAttribute("aria-label")) ?? "";
  const items = () => chat.page.getByRole("menuitem").allInnerTexts();
  const settled = () =>
    chat.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  /** Records each text of the live region. */
  const listen = () =>
    chat.page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      const live = document.querySelector("[aria-live=polite]");
      if (live !== null)
        new MutationObserver(() => said.push(live.textContent ?? "")).observe(live, {
          childList: true,
          subtree: true,
        });
    });
  const said = () => chat.page.evaluate(() => (window as unknown as { said: string[] }).said);

  describe("a reply", () => {
    const two = [recent(1, "did **it** pass?"), recent(2, "yes", { mine: true, state: "read" })];

    for (const [how, begin] of [
      [
        "the bar of a message",
        () =>
          row(1)
            .hover()
            .then(() => row(1).getByRole("button", { name: "Reply" }).click()),
      ],
      [
        "its menu",
        () =>
          row(1)
            .focus()
            .then(() => press("Enter", "Enter")),
      ],
      [
        "Shift+Enter",
        () =>
          row(1)
            .focus()
            .then(() => press("Shift+Enter")),
      ],
      ["the editor's context menu", () => chat.give({ type: "begin", action: "reply", id: idOf(1) })],
    ] as const)
      it(`begins by ${how}, shows the quoted line, and is sent with the message's id`, async () => {
        await chat.give(header(), page(two), { type: "draft", text: "as I " });
        await begin();
        assert.equal((await bar().innerText()).trim(), "Reply to bob: did it pass?");
        assert.match((await chat.composer.getAttribute("aria-describedby")) ?? "", /composer-aim/);
        await chat.page.locator("textarea:focus").waitFor();
        await chat.page.keyboard.type("said");
        await press("Enter");
        const [sent] = await chat.posted("send");
        assert.deepEqual([sent?.text, sent?.replyTo], ["as I said", idOf(1)]);
        assert.equal(await bar().count(), 0, "the next message is a new one");
      });

    it("is cancelled by Escape and by its button, and the text stays", async () => {
      await chat.give(header(), page(two));
      for (const cancel of [
        () => press("Escape"),
        () => bar().getByRole("button", { name: "Cancel" }).click(),
      ]) {
        await row(1).focus();
        await press("Shift+Enter");
        await chat.composer.fill("half");
        await cancel();
        assert.equal(await bar().count(), 0);
        assert.equal(await value(), "half");
        await chat.page.locator("textarea:focus").waitFor();
      }
      await press("Enter");
      assert.equal((await chat.posted("send"))[0]?.replyTo, undefined);
    });

    it("comes back to the composer as a reply if it is refused", async () => {
      await chat.give(header(), page(two));
      await row(1).focus();
      await press("Shift+Enter");
      await chat.page.keyboard.type("late");
      await press("Enter");
      const [sent] = await chat.posted("send");
      await chat.give({ type: "refused", ids: [sent?.id ?? ""], text: "late" });
      assert.equal(await value(), "late");
      assert.match(await bar().innerText(), /Reply to bob/);
    });

    it("is drawn with the quoted line, as text only, and asks for one that is not loaded", async () => {
      const hostile = '**a** <img src=x onerror="attack(1)"> [b](command:x)\n# c \u202Ed';
      await chat.give(
        header(),
        page([
          recent(1, hostile),
          recent(2, "one", { replyTo: idOf(1) }),
          recent(3, "two", { replyTo: idOf(99) }),
        ]),
      );
      const quote = row(2).locator(".quote");
      assert.match(await quote.innerText(), /^bob\s+a <img src=x onerror="attack\(1\)"> .*c .*U\+202E.*d$/);
      assert.equal(await quote.locator("img, a, strong, h1").count(), 0);
      assert.equal(await row(3).locator(".quote").innerText(), "…");
      assert.deepEqual(await chat.posted("quotes"), [{ type: "quotes", ids: [idOf(99)] }]);
      await chat.give({ type: "quoted", ids: [idOf(99)], messages: [] });
      await row(3).locator(".quote", { hasText: "The message isn't on this computer" }).waitFor();
      assert.equal(await row(3).getByRole("button", { name: /Go to/ }).count(), 0);
      await settled();
      assert.equal((await chat.posted("quotes")).length, 1, "it is asked for once");
      assert.deepEqual(await chat.page.evaluate(() => window.attacked), []);
      assert.match(await label(2), /reply to: bob: a /);
    });

    it("is drawn with the quote in one's own bubble, and away from the message above", async () => {
      await chat.give(
        header(),
        page([
          recent(1, "a question"),
          recent(2, "an answer", { replyTo: idOf(1) }),
          recent(3, "mine", { mine: true, replyTo: idOf(4), state: "failed", failureText: "bob is away." }),
          recent(4, "a long question ".repeat(20)),
        ]),
      );
      const box = async (position: number, part: string) => {
        const found = await row(position).locator(part).boundingBox();
        assert.ok(found !== null, part);
        return { ...found, right: found.x + found.width, bottom: found.y + found.height };
      };
      const [above, quote, text] = [await box(1, ".body"), await box(2, ".quote"), await box(2, ".body")];
      assert.ok(quote.y - above.bottom > text.y - quote.bottom, "nearer to its own text");
      const [bubble, own] = [await box(3, ".bubble"), await box(3, ".quote")];
      assert.ok(own.x >= bubble.x && own.right <= bubble.right && own.y >= bubble.y, "inside the bubble");
      assert.ok(bubble.width < 400, "a long quote doesn't widen the bubble of a short text");
      assert.equal(Math.round((await box(3, ".failure button")).right), Math.round(bubble.right));
    });

    it("follows the quoted message as it is edited, deleted for both, and deleted here", async () => {
      await chat.give(header(), page([recent(5, "reply", { replyTo: idOf(1) })], true));
      await chat.give({ type: "quoted", ids: [idOf(1)], messages: [recent(1, "first")] });
      const quote = (text: string) => row(5).locator(".quote", { hasText: text }).waitFor();
      await quote("first");
      await chat.give({ type: "updated", message: recent(1, "second", { edited: { times: 1, at: now } }) });
      await quote("second");
      await chat.give({ type: "updated", message: recent(1, "", { body: { kind: "deleted" } }) });
      await quote("This message was deleted.");
      await chat.give({ type: "removed", ids: [idOf(1)] });
      await quote("isn't on this computer");
    });

    it("leads to the quoted message, and Escape leads back", async () => {
      const many = Array.from({ length: 400 }, (_, at) => message(at + 1, `line ${at + 1}`));
      await chat.give(header(), page([...many, message(500, "the reply", { replyTo: idOf(3) })]));
      await row(500).locator(".quote").click();
      assert.equal(await focusedRow(), idOf(3));
      assert.equal(await row(3).evaluate((element) => element.hasAttribute("data-found")), true);
      await press("Escape");
      assert.equal(await focusedRow(), idOf(500));
      await press("Escape");
      await chat.page.locator("textarea:focus").waitFor();
      assert.deepEqual(await chat.posted("goTo"), []);
    });

    it("loads the stretch around a quoted message that is further back", async () => {
      await chat.give(header(), page([recent(5, "reply", { replyTo: idOf(1) })], true));
      await chat.give({ type: "quoted", ids: [idOf(1)], messages: [message(1, "long ago")] });
      await row(5).focus();
      await press("Tab", "Enter");
      assert.deepEqual(await chat.posted("goTo"), [{ type: "goTo", target: idOf(1) }]);
      const place = { type: "page", place: "replace", hasOlder: true, hasNewer: true } as const;
      await chat.give({ ...place, messages: [message(1, "long ago")], goTo: idOf(1) });
      assert.equal(await focusedRow(), idOf(1));
      await press("Escape");
      assert.deepEqual((await chat.posted("goTo")).at(-1), { type: "goTo", target: idOf(5) });
    });
  });

  describe("an edit", () => {
    const mine = recent(2, "teh text", { mine: true, state: "read" });
    const taken = async () => {
      const edits = await chat.posted("edit");
      await chat.give({ type: "taken", id: edits.at(-1)?.id ?? "" });
    };

    it("begins by ArrowUp in an empty composer, and the draft returns after it", async () => {
      await chat.give(header(), page([recent(1, "hi"), mine]));
      await chat.composer.focus();
      await press("ArrowUp");
      assert.equal(await value(), "teh text");
      assert.equal((await bar().innerText()).trim(), "Editing your message");
      await chat.composer.fill("the text");
      await press("Enter");
      const [edit] = await chat.posted("edit");
      assert.deepEqual([edit?.target, edit?.text], [idOf(2), "the text"]);
      assert.deepEqual(await chat.posted("send"), []);
      assert.equal(await value(), "the text", "it stays until the messenger has it");
      await listen();
      await taken();
      assert.equal(await value(), "");
      assert.equal(await bar().count(), 0);
      await chat.give({ type: "updated", message: { ...mine, edited: { times: 1, at: now } } });
      await settled();
      assert.deepEqual(await said(), ["Your message was edited."]);
    });

    it("leaves the focus in the composer when its button is pressed", async () => {
      await chat.give(header(), page([recent(2, "yes", { mine: true, state: "read" })]));
      await chat.give({ type: "begin", action: "edit", id: idOf(2) });
      await chat.composer.fill("yes, all green");
      await chat.page.getByRole("button", { name: "Save" }).click();
      const [edit] = await chat.posted("edit");
      await chat.give({ type: "taken", id: edit?.id ?? "" });
      assert.equal(await value(), "");
      assert.equal(await chat.page.locator("textarea:focus").count(), 1);
    });

    it("keeps the draft that stood in the composer, and never mixes the two", async () => {
      await chat.give(header(), page([mine]), { type: "draft", text: "my draft" });
      await row(2).focus();
      await press("F2");
      assert.equal(await value(), "teh text");
      await chat.composer.fill("changed");
      await chat.waitForPost("draft");
      await chat.page.waitForFunction(() => JSON.stringify(window.posts).includes("changed"));
      const draft = (await chat.posted("draft")).at(-1);
      assert.equal(draft?.text, "my draft");
      assert.deepEqual(draft?.aim, { kind: "edit", target: idOf(2), text: "changed" });
      await press("Escape");
      assert.equal(await value(), "my draft");
      assert.deepEqual(await chat.posted("edit"), []);
    });

    it("goes on in a page that VS Code has loaded again, as does a reply", async () => {
      const aim = { kind: "edit", target: idOf(2), text: "half edi" } as const;
      await chat.give(header(), page([mine]), { type: "draft", text: "my draft", aim });
      assert.equal(await value(), "half edi");
      await chat.composer.press("Escape");
      assert.equal(await value(), "my draft");
      const reply = { kind: "reply", target: idOf(2) } as const;
      await chat.give({ type: "draft", text: "my draft", aim: reply });
      assert.match(await bar().innerText(), /Reply to You: teh text/);
    });

    it("leaves the text in the composer where it is refused", async () => {
      await chat.give(header(), page([mine]));
      await row(2).focus();
      await press("F2");
      await chat.composer.fill("too late");
      await press("Enter");
      const [edit] = await chat.posted("edit");
      await chat.give({ type: "refused", ids: [edit?.id ?? ""], text: "too late" });
      assert.equal(await value(), "too late");
      assert.equal(await chat.live.textContent(), "Not edited. Your text is still in the message box.");
      await press("Enter");
      assert.equal((await chat.posted("edit")).length, 2, "and it can be sent again");
    });

    it("is not begun by ArrowUp on a message that failed or is too old, which it goes to, nor by Shift+ArrowUp", async () => {
      for (const [last, key] of [
        [{ ...mine, state: "failed" }, "ArrowUp"],
        [{ ...mine, at: now - 25 * 60 * MINUTE_MS }, "ArrowUp"],
        [mine, "Shift+ArrowUp"],
      ] as const) {
        await chat.give(header(), page([last]));
        await chat.composer.focus();
        await press(key);
        assert.equal(await focusedRow(), idOf(2), key);
        assert.equal(await value(), "");
      }
    });

    it("is told in the row, with its time, and spoken, with a clock until it has arrived", async () => {
      const edited = { edited: { times: 2, at: Date.UTC(2026, 2, 1, 12, 30) } };
      const change = { id: idOf(9), kind: "edit", state: "waiting" } as const;
      await chat.give(header(), page([{ ...mine, ...edited, changes: [change] }]));
      const mark = row(2).locator(".edited");
      assert.equal(await mark.innerText(), "edited");
      assert.match((await mark.getAttribute("title")) ?? "", /^Edited 2 times, last on Sunday.* 13:30:00$/);
      assert.match(await label(2), /: teh text \(edited; Read\)$/);
      assert.equal(await row(2).locator(".pending").getAttribute("title"), "Waiting to be sent");
      await chat.give({ type: "updated", message: { ...mine, ...edited } });
      await row(2).locator(".pending").waitFor({ state: "detached" });
      const failed = { ...change, state: "failed", failureText: "bob is away." } as const;
      await chat.give({ type: "updated", message: { ...mine, ...edited, changes: [failed] } });
      const failure = row(2).locator(".failure");
      await failure.waitFor();
      assert.match(await failure.innerText(), /^Edit: Not sent\. bob is away\.\s+Retry$/);
      await failure.getByRole("button").click();
      assert.deepEqual(await chat.posted("retry"), [{ type: "retry", id: idOf(9) }]);
    });

    it("keeps its earlier versions readable, in a dialog that returns the focus", async () => {
      await chat.give(header(), page([{ ...mine, edited: { times: 1, at: now } }]));
      await row(2).focus();
      await press("Enter");
      await chat.page.getByRole("menuitem", { name: "Show Earlier Versions" }).click();
      assert.deepEqual(await chat.posted("versions"), [{ type: "versions", target: idOf(2) }]);
      const hostile = '<img src=x onerror="attack(1)"> **old**';
      await chat.give({
        type: "versions",
        id: idOf(2),
        versions: [
          { at: now, body: { kind: "text", text: hostile } },
          { at: now, body: { kind: "text", text: "line\n".repeat(300) } },
        ],
      });
      const dialog = chat.page.getByRole("dialog");
      assert.equal(await dialog.locator("strong").innerText(), "old");
      assert.equal(await dialog.locator("img").count(), 0);
      assert.deepEqual(await chat.page.evaluate(() => window.attacked), []);
      const { violations } = await new AxeBuilder({ page: chat.page }).include("dialog").analyze();
      assert.deepEqual(
        violations.map(({ id }) => id),
        [],
      );
      await press("Escape");
      await dialog.waitFor({ state: "detached" });
      assert.equal(await focusedRow(), idOf(2));
    });
  });

  describe("a deletion", () => {
    it("is asked for by the menu and by Delete, of anybody's messages", async () => {
      await chat.give(header(), page([recent(1, "theirs"), recent(2, "mine", { mine: true })]));
      await row(1).focus();
      await press("Delete");
      await row(2).focus();
      await press("Enter");
      await chat.page.getByRole("menuitem", { name: "Delete…" }).click();
      const ids = (await chat.posted("delete")).map(({ target }) => target);
      assert.deepEqual(ids, [idOf(1), idOf(2)]);
    });

    it("leaves a line that says whose message it was, which can only be deleted here", async () => {
      const body = { kind: "deleted" } as const;
      await chat.give(header(), page([recent(1, "", { body }), recent(2, "", { body, mine: true })]));
      assert.equal(await row(1).locator(".body").innerText(), "bob deleted a message.");
      assert.equal(await row(2).locator(".body").innerText(), "You deleted a message.");
      await row(2).focus();
      await press("Shift+Enter", "F2");
      assert.equal(await bar().count(), 0);
      await press("Enter");
      assert.deepEqual(await items(), ["Copy Text", "Delete…", "Show Details"]);
    });
  });

  describe("the menu of a message", () => {
    const reasons = async (changes: Partial<PanelMessage>, phase: "open" | "closed-by-peer" = "open") => {
      await chat.give(header({ phase }), page([recent(1, "text", changes)]));
      await row(1).focus();
      await press("Enter");
      const all = await chat.page.locator("[role=menuitem][aria-disabled=true]").allInnerTexts();
      await press("Escape");
      return all.map((text) => text.replace(/\s*\n\s*/g, ": "));
    };

    it("says why a change is not offered", async () => {
      assert.deepEqual(await reasons({ mine: true }), []);
      assert.deepEqual(await reasons({}), ["Edit: Only bob can edit this message."]);
      assert.deepEqual(await reasons({ mine: true, at: now - 25 * 60 * MINUTE_MS }), [
        "Edit: You can edit a message for 24 hours.",
      ]);
      assert.deepEqual(await reasons({ mine: true, edited: { times: 20, at: now } }), [
        "Edit: You can edit a message 20 times.",
      ]);
      assert.deepEqual(
        await reasons({ mine: true, body: { kind: "unknown", type: "poll", fallback: "x" } }),
        ["Edit: Only text can be edited."],
      );
      assert.deepEqual(
        await reasons({ mine: true }, "closed-by-peer"),
        ["Reply", "React…", "Edit"].map((item) => `${item}: The chat isn't open.`),
      );
    });

    it("does nothing for an item that is not offered, and stays open", async () => {
      await chat.give(header(), page([recent(1, "theirs")]));
      await row(1).focus();
      await press("Enter", "e", "Enter");
      assert.equal(await chat.page.getByRole("menu").count(), 1);
      assert.equal(await bar().count(), 0);
    });
  });

  describe("reactions", () => {
    const chips = () => row(1).locator(".chip");

    it("are buttons with count, names and state, and a press toggles one's own", async () => {
      const all = reactions(["alice", "👍"], ["bob", "👍", "🎉"]);
      await chat.give(header(), page([recent(1, "done", { reactions: all })]));
      assert.deepEqual(
        await chips().evaluateAll((found) =>
          found.map((chip) => [
            chip.getAttribute("aria-pressed"),
            chip.querySelector(".spoken")?.textContent,
            chip.getAttribute("title"),
          ]),
        ),
        [
          ["true", "👍 from You, bob", "You, bob"],
          ["false", "🎉 from bob", "bob"],
        ],
      );
      assert.equal(await chips().first().locator(".count").innerText(), "2");
      assert.match(await label(1), /: done \(👍 from You, bob, 🎉 from bob\)$/);
      await row(1).focus();
      await press("Tab", "Enter", "Tab", "Space");
      assert.deepEqual(await chat.posted("react"), [
        { type: "react", target: idOf(1), emoji: "👍", on: false },
        { type: "react", target: idOf(1), emoji: "🎉", on: true },
      ]);
    });

    it("leave the focus on the message when the last one is taken back, and announce it once", async () => {
      const one = recent(1, "done", { reactions: reactions(["alice", "👍"]) });
      await chat.give(header(), page([one]));
      await listen();
      await chips().click();
      await chat.give({ type: "updated", message: recent(1, "done") });
      await chips().waitFor({ state: "detached" });
      assert.equal(await focusedRow(), idOf(1));
      assert.deepEqual(await said(), ["You took back 👍."]);
    });

    it("of others are not announced, and a reply that arrives is announced once", async () => {
      await chat.give(header(), page([recent(1, "done")]));
      await listen();
      await chat.give({
        type: "updated",
        message: recent(1, "done", { reactions: reactions(["bob", "👍"]) }),
      });
      await chips().waitFor();
      await chat.give({ type: "added", message: recent(2, "thanks", { replyTo: idOf(1) }) });
      await chat.give({ type: "updated", message: recent(2, "thanks!", { replyTo: idOf(1) }) });
      await chat.page.waitForFunction(() => (window as unknown as { said: string[] }).said.length > 0);
      await settled();
      assert.deepEqual(await said(), ["bob: thanks"]);
    });

    it("show a clock until they have arrived", async () => {
      const change = { id: idOf(9), kind: "mark", state: "sent" } as const;
      await chat.give(
        header(),
        page([recent(1, "done", { reactions: reactions(["alice", "👍"]), changes: [change] })]),
      );
      assert.equal(await row(1).locator(".reactions .pending").getAttribute("title"), "Sent");
    });

    it("are picked by search, by shortcode and in a grid, those used last first", async () => {
      await chat.give(
        header(),
        page([
          recent(1, "a"),
          recent(2, "b", { reactions: reactions(["alice", "🦊"]) }),
          recent(3, "c", { reactions: reactions(["alice", "🚀", "🎉"], ["bob", "💯"]) }),
        ]),
      );
      const picker = chat.page.getByRole("dialog");
      const cells = chat.page.getByRole("gridcell");
      const active = () => chat.page.locator("[role=gridcell][aria-selected=true]").innerText();
      const openPicker = async () => {
        await row(1).focus();
        await press("Enter", "ArrowDown", "Enter");
        await picker.waitFor();
      };
      await openPicker();
      const first = await cells.evaluateAll((all) => all.slice(0, 4).map((cell) => cell.textContent?.trim()));
      assert.deepEqual(first, ["🎉", "🚀", "🦊", "👍"]);
      const { violations } = await new AxeBuilder({ page: chat.page }).include(".picker").analyze();
      assert.deepEqual(
        violations.map(({ id }) => id),
        [],
      );
      await press("ArrowRight", "ArrowRight", "ArrowLeft");
      assert.equal(await active(), "🚀");
      await press("ArrowDown", "ArrowUp", "ArrowUp");
      assert.equal(await active(), "🚀", "the first row is the end");
      await press("Enter");
      for (const [query, emoji] of [
        [":tada:", "🎉"],
        ["rock", "🪨"],
        ["🫶🏽", "🫶🏽"],
      ] as const) {
        await openPicker();
        await chat.page.keyboard.insertText(query);
        await press("Enter");
        assert.deepEqual((await chat.posted("react")).at(-1), {
          type: "react",
          target: idOf(1),
          emoji,
          on: true,
        });
        assert.equal(await picker.count(), 0);
        assert.equal(await focusedRow(), idOf(1));
      }
      await openPicker();
      await chat.page.keyboard.type("nosuchname");
      assert.match(await picker.innerText(), /No emoji has this name/);
      await press("Enter");
      assert.equal(await picker.count(), 1);
      await press("Escape");
      assert.equal(await picker.count(), 0);
      assert.equal(await focusedRow(), idOf(1));
    });

    it("in the picker take back what is there already", async () => {
      await chat.give(header(), page([recent(1, "a", { reactions: reactions(["alice", "🚀"]) })]));
      await row(1).hover();
      await row(1).getByRole("button", { name: "React…" }).click();
      assert.match(
        (await chat.page.getByRole("gridcell").first().getAttribute("aria-label")) ?? "",
        /your reaction/,
      );
      await press("Enter");
      assert.deepEqual(await chat.posted("react"), [
        { type: "react", target: idOf(1), emoji: "🚀", on: false },
      ]);
    });

    it("in any number, or that are no emoji, are refused by the schema", async () => {
      const given = (emoji: readonly string[]) =>
        parseHostMessage({
          type: "updated",
          message: recent(1, "done", { reactions: [{ by: "bob", mine: false, emoji }] }),
        });
      assert.ok(given(Array.from({ length: 8 }, () => "👍")) !== undefined);
      for (const bad of [Array.from({ length: 10_000 }, () => "👍"), ["<b>"], ["👍👍"], [""], ["x"]])
        assert.equal(given(bad), undefined, String(bad).slice(0, 20));
      const many = Array.from({ length: 10_000 }, () => "👍");
      await chat.give(header(), page([recent(1, "done")]));
      await chat.give({
        type: "updated",
        message: recent(1, "done", { reactions: reactions(["bob", ...many]) }),
      });
      await settled();
      assert.equal(await chips().count(), 0);
    });
  });

  for (const theme of Object.keys(themes) as (keyof typeof themes)[])
    it(`can be read and fit a width of 300, ${theme}`, async () => {
      await open(theme, 300);
      const long = "a word of some length ".repeat(20);
      await chat.give(
        header(),
        page([
          recent(1, long, {
            reactions: reactions(["alice", "👍", "🎉", "🚀", "👀"], ["bob", "💯", "🙏", "❤️", "✅", "😂"]),
          }),
          recent(2, "short", { mine: true, replyTo: idOf(1), edited: { times: 1, at: now }, state: "read" }),
          recent(3, "x", { replyTo: idOf(77) }),
          recent(4, "", { body: { kind: "deleted" } }),
        ]),
        { type: "quoted", ids: [idOf(77)], messages: [] },
      );
      await row(1).focus();
      await press("Shift+Enter");
      const faults = async (part = "#parley") => {
        const { violations } = await new AxeBuilder({ page: chat.page }).include(part).analyze();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
      };
      assert.deepEqual(await faults(), []);
      const wide = await chat.page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.querySelector(".log")?.scrollWidth ?? 0,
      ]);
      assert.ok(
        wide.every((width) => width <= 300),
        wide.join(),
      );
      await row(2).focus();
      await press("Enter", "ArrowDown");
      assert.deepEqual(await faults(".menu"), []);
      await press("Enter");
      const box = await chat.page.locator(".picker").boundingBox();
      assert.ok(
        box !== null && box.x >= 0 && box.x + box.width <= 300 && box.y >= 0 && box.y + box.height <= 700,
      );
      const cut = await chat.page
        .locator(".picker-note")
        .evaluate((note) => note.scrollHeight - note.clientHeight);
      assert.equal(cut, 0, "the name below the grid is whole");
      assert.deepEqual(await faults(".picker"), []);
    });
});
