/** The chat panel's page as its user sees it, in a real Chromium under the extension's own policy. */
import assert from "node:assert/strict";
import type { PanelHeader } from "../../extension/contract/panel.ts";
import { joinedTexts, MAX_DRAFT_CHARACTERS, MAX_TEXT_BYTES } from "../../extension/contract/text.ts";
import { type ChatPage, header, idOf, message, page, webviewBundle, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

/** The first script is loaded before anything is on screen. */
const MAX_BUNDLE_BYTES = {
  "main.ts": 304 * 1024,
  "highlighter.ts": 160 * 1024,
  "styles/panel.css": 28 * 1024,
};

describe("a chat panel", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  const open = withChatPage(themes.dark, (opened) => {
    chat = opened;
  });

  it("has a small bundle", async () => {
    for (const name of ["main.ts", "highlighter.ts", "styles/panel.css"] as const) {
      const bytes = Buffer.byteLength(await webviewBundle(name));
      assert.ok(bytes < MAX_BUNDLE_BYTES[name], `${name}: ${bytes} bytes`);
    }
  });

  it("reports that it is ready, and stores nothing in the page but its chat", async () => {
    const posts = (await chat.posts()).filter(({ type }) => type !== "focus");
    assert.deepEqual(posts, [{ type: "ready" }]);
    await chat.give(header(), page([message(1, "secret")]), { type: "draft", text: "draft" }, header());
    assert.deepEqual(await chat.page.evaluate(() => window.states), [{ chat: "user:bob" }]);
  });

  it("ignores messages that the extension never posts", async () => {
    await chat.give(header(), page([message(1, "real")]));
    const before = await chat.page.locator("#parley").innerHTML();
    const stranger = { ...message(2, "x"), body: { kind: "html", html: "<b>x</b>" } };
    await chat.give(
      { type: "added", message: stranger } as never,
      { ...page([message(3, "more")]), place: "beside" } as never,
      { type: "header", header: { peer: "mallory" } } as never,
      { type: "run" } as never,
    );
    assert.equal(await chat.page.locator("#parley").innerHTML(), before);
  });

  it("shows name, presence, encryption and verification", async () => {
    await chat.give(header({ standing: "talking" }));
    const top = chat.page.locator("header");
    assert.equal(await top.getByRole("heading").textContent(), "bob");
    await top.getByText("Online").waitFor();
    assert.equal(await top.locator(".encryption").innerText(), "End-to-end encrypted");
    await top.getByRole("button", { name: "Not verified" }).click();
    await top.getByRole("button", { name: "More Actions" }).click();
    await chat.page.getByRole("menuitem", { name: "Close Chat" }).click();
    await chat.give(header({ trust: "verified", online: false }));
    await top.getByRole("button", { name: "Verified", exact: true }).waitFor();
    await top.getByText("Offline").waitFor();
    await chat.give(header({ trust: "changed", phase: "key-changed" }));
    await top.getByRole("button", { name: "Key changed" }).waitFor();
    assert.equal(await top.getByText("End-to-end encrypted").count(), 0);
    assert.deepEqual(
      (await chat.posted("action")).map(({ action }) => action),
      ["verifySafetyNumber"],
    );
    assert.deepEqual(await chat.posted("decide"), [
      { type: "decide", decision: "closeChat", shown: "talking" },
    ]);
  });

  /** The pending decisions: each button names the one that was on the page. */
  const SHOWN: Partial<PanelHeader> = {
    request: { shown: "first", known: "Never met.", key: "Key: 0011" },
    keyChange: { shown: "aa>bb", pinned: "aa11", offered: "bb22" },
    standing: "talking",
  };
  const banners: readonly (readonly [
    Partial<PanelHeader>,
    text: RegExp,
    actions: Readonly<Record<string, string>>,
  ])[] = [
    [
      { connected: false, connectionText: "The server is gone." },
      /^The server is gone\.$/,
      { Reconnect: "reconnect" },
    ],
    [
      { connected: false, signedOut: true, connectionText: "You are signed out." },
      /^You are signed out\.$/,
      { "Sign In": "signIn" },
    ],
    [{ online: false }, /^bob is offline\. Messages wait/, {}],
    [{ phase: "requested" }, /^Waiting for bob/, { "Withdraw Request": "closeChat talking" }],
    [
      { phase: "invited" },
      /^bob wants to talk/,
      { Accept: "accept first", Refuse: "refuse first", Block: "block first" },
    ],
    [{ blocked: true }, /^You've blocked bob/, { Unblock: "unblock" }],
    [{ phase: "establishing" }, /^Agreeing on keys/, {}],
    [{ phase: "none" }, /^You don't have an open chat/, { "Request to Talk": "requestToTalk" }],
    [
      { phase: "none", online: false },
      /bob is offline\. Your request can wait/,
      { "Request to Talk": "requestToTalk" },
    ],
    [{ phase: "closed-by-peer" }, /^bob closed the chat\.$/, { "Request to Talk Again": "requestToTalk" }],
    [{ phase: "closed-by-me" }, /^You closed the chat\.$/, { "Request to Talk Again": "requestToTalk" }],
    [
      { phase: "key-changed", trust: "changed" },
      /^The identity key of bob has changed/,
      {
        "Compare Safety Numbers": "verifySafetyNumber",
        "Trust New Key": "acceptNewKey",
        "Keep Old Key": "keepOldKey aa>bb",
      },
    ],
  ];
  for (const [changes, text, actions] of banners)
    it(`explains ${JSON.stringify(changes)}`, async () => {
      await chat.give(header(), header({ ...SHOWN, ...changes }));
      const notice = chat.page.getByRole("region", { name: "Notice" });
      assert.match((await notice.locator("p").first().textContent()) ?? "", text);
      assert.match((await chat.live.textContent()) ?? "", text, "said as well");
      assert.deepEqual(await notice.getByRole("button").allInnerTexts(), Object.keys(actions));
      for (const name of Object.keys(actions)) await notice.getByRole("button", { name }).click();
      const said = await chat.posted("action", "decide");
      assert.deepEqual(
        said.map((one) => (one.type === "action" ? one.action : `${one.decision} ${one.shown}`)),
        Object.values(actions),
      );
      await chat.give(header());
      assert.equal(await notice.count(), 0);
    });

  it("shows a request's note as text, with hiding and reordering characters made visible", async () => {
    const note = "“<b>hi</b> \u202e[ok](command:x) \u200b”";
    const request = { shown: "first", known: "Never met.", key: "Key: 0011", note };
    await chat.give(header(), header({ phase: "invited", request }));
    const notice = chat.page.getByRole("region", { name: "Notice" });
    assert.equal(await notice.locator(".note").textContent(), "“<b>hi</b> [U+202E][ok](command:x) [U+200B]”");
    assert.equal(await notice.locator("a, b").count(), 0);
    assert.match((await chat.live.textContent()) ?? "", /hi/, "said as well");
  });

  it("groups messages, with times and days", async () => {
    await chat.give(
      header(),
      page([
        message(1, "one"),
        message(2, "two"),
        message(3, "three", { mine: true, state: "sent" }),
        message(24 * 60, "next day"),
      ]),
    );
    assert.deepEqual(await chat.page.locator(".sender").allTextContents(), ["bob", "bob"]);
    assert.deepEqual(await chat.page.locator(".day").allInnerTexts(), ["Sunday 1 March", "Monday 2 March"]);
    const time = chat.messages.first().locator("time");
    assert.equal(await time.textContent(), "13:01");
    assert.match((await time.getAttribute("title")) ?? "", /Sunday.* 1 March 2026.* 13:01:00/);
  });

  it("updates day names after midnight, at once or when the page is shown", async () => {
    const beforeMidnight = Date.UTC(2026, 2, 1, 22, 59, 50); // 23:59:50 in the page's time zone.
    const other = await open(themes.dark, undefined, beforeMidnight);
    await other.give(header(), page([message(1, "noon")]));
    const day = other.page.locator(".day");
    assert.equal(await day.innerText(), "Today");
    await other.page.clock.fastForward(20_000);
    assert.equal(await day.innerText(), "Yesterday");
    // Asleep past the next midnight: no timer has run.
    await other.page.clock.setFixedTime(beforeMidnight + 26 * 3_600_000);
    await other.page.evaluate(() => window.dispatchEvent(new Event("focus")));
    assert.equal(await day.innerText(), "Sunday 1 March");
  });

  it("shows Markdown and code, and copies code as it was written", async () => {
    const code = "const a: string = `x`;\n\treturn a;";
    await chat.give(
      header(),
      page([
        message(
          1,
          `**bold** _it_ ~~gone~~ \`inline\`\nline\n\n- item\n\n> quote\n\n\`\`\`ts\n${code}\n\`\`\``,
        ),
      ]),
    );
    const body = chat.page.locator(".body");
    for (const tag of ["strong", "em", "s", "p > code", "br", "li", "blockquote", "pre > code"])
      assert.equal(await body.locator(tag).count(), 1, tag);
    assert.equal(await body.locator("pre").textContent(), code);
    await body.locator(".code-keyword").first().waitFor();
    assert.equal(await body.locator("pre").textContent(), code);
    assert.equal(await body.locator(".code-keyword").first().textContent(), "const");
    assert.equal(await body.locator("figcaption span").textContent(), "TypeScript");
    await body.getByRole("button", { name: "Copy code" }).click();
    assert.deepEqual(await chat.posted("copy"), [{ type: "copy", text: code }]);
    assert.equal(await chat.live.textContent(), "Copied");
  });

  it("copies code with the exact line endings and characters of its message", async () => {
    const code = "one\r\n\ttwo\rthree\0\u202e\n\n  four";
    await chat.give(
      header(),
      page([
        message(1, `\`\`\`\r\n${code}\r\n\`\`\``),
        message(2, `\`\`\`make all\r\nmake\r\n\`\`\``),
        message(3, "    indented\r\n    code"),
      ]),
    );
    const buttons = chat.page.getByRole("button", { name: "Copy code" });
    for (const button of await buttons.all()) await button.click();
    assert.deepEqual(
      (await chat.posted("copy")).map(({ text }) => text),
      [code, "make all\r\nmake", "    indented\r\n    code"],
    );
  });

  it("does not send a blank-looking message, and marks a received one", async () => {
    await chat.give(
      header(),
      page([message(1, "\u200b\u200b"), message(2, "\u3164 \u00ad"), message(3, " \n ")]),
    );
    for (const text of ["\u200b", "\u3164", "\u00ad\u00ad", " \u2003\n", "\u2800"]) {
      await chat.composer.fill(text);
      assert.ok(await chat.page.getByRole("button", { name: "Send" }).isDisabled(), JSON.stringify(text));
      await chat.composer.press("Enter");
    }
    assert.deepEqual(await chat.posted("send"), []);
    assert.deepEqual(await chat.page.locator(".body").allTextContents(), [
      "U+200B×2",
      "U+3164 U+00AD",
      "Blank message",
    ]);
  });

  it("accepts a very long text without computing direction and height from all of it", async () => {
    await chat.give(header());
    const write = async (text: string) => {
      await chat.composer.fill(text);
      return chat.composer.evaluate((area: HTMLElement) => [
        area.dir,
        getComputedStyle(area).getPropertyValue("field-sizing"),
      ]);
    };
    assert.deepEqual(await write("short"), ["ltr", "content"]);
    assert.deepEqual(await write("1. שלום"), ["rtl", "content"]);
    assert.deepEqual(await write("𞤅𞤢𞤤𞤢𞥄𞤥"), ["rtl", "content"], "Adlam, beyond the first 65,536 characters");
    assert.deepEqual(await write("words ".repeat(30_000)), ["ltr", "fixed"]);
    assert.deepEqual(await write("سلام ".repeat(30_000)), ["rtl", "fixed"]);
    assert.deepEqual(await write(""), ["ltr", "content"]);
    await chat.give({ type: "draft", text: "שלום" });
    assert.equal(await chat.composer.getAttribute("dir"), "rtl");
  });

  it("shows each state in words too, and offers to retry", async () => {
    const states = ["waiting", "sending", "sent", "delivered", "read", "failed"] as const;
    await chat.give(
      header(),
      page(
        states.map((state, index) =>
          message(index, state, { mine: true, state, failureText: "bob is away." }),
        ),
      ),
    );
    const words = ["Waiting to be sent", "Sending", "Sent", "Delivered", "Read", "Not sent"];
    assert.deepEqual(await chat.page.locator(".state .spoken").allTextContents(), words);
    const summaries = await chat.messages.evaluateAll((all) =>
      all.map((one) => one.getAttribute("aria-label")),
    );
    for (const [index, word] of words.entries()) assert.ok(summaries[index]?.includes(word));
    assert.equal(await chat.page.locator(".failure span").textContent(), "Not sent. bob is away.");
    await chat.page.getByRole("button", { name: "Retry" }).click();
    assert.deepEqual(await chat.posted("retry"), [{ type: "retry", id: idOf(5) }]);
    await chat.give({ type: "updated", message: message(5, "failed", { mine: true, state: "sent" }) });
    assert.equal(await chat.page.getByRole("button", { name: "Retry" }).count(), 0);
  });

  it("keeps the selection in a message when its state changes", async () => {
    await chat.give(header(), page([message(1, "some words", { mine: true, state: "sent" })]));
    await chat.page.locator(".body p").selectText();
    await chat.give({ type: "updated", message: message(1, "some words", { mine: true, state: "read" }) });
    await chat.page.locator(".state.read").waitFor();
    assert.equal(await chat.page.evaluate(() => document.getSelection()?.toString()), "some words");
  });

  it("shows unknown kinds as such, and the chat's events", async () => {
    await chat.give(
      header(),
      page([
        message(1, "", { body: { kind: "unknown", type: "poll", fallback: "*A poll*" } }),
        message(2, "", { body: { kind: "event", event: "undecryptable" } }),
        message(3, "", { body: { kind: "not-understood" } }),
      ]),
    );
    assert.equal(await chat.page.locator(".unknown p").first().textContent(), "*A poll*");
    const odd = chat.page.locator("article", { hasText: "Update Parley." });
    assert.match((await odd.getAttribute("aria-label")) ?? "", /doesn't understand\. Update Parley\.$/);
    await chat.log.getByText("A message couldn't be decrypted.").waitFor();
  });

  it("sends on Enter, breaks the line on Shift+Enter, leaves input methods alone", async () => {
    await chat.give(header());
    await chat.composer.focus();
    await chat.page.keyboard.type("one");
    await chat.page.keyboard.press("Shift+Enter");
    await chat.page.keyboard.type("two");
    await chat.composer.evaluate((input) =>
      input.dispatchEvent(
        new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }),
      ),
    );
    assert.deepEqual(await chat.posted("send"), []);
    await chat.page.keyboard.press("Enter");
    assert.deepEqual(
      (await chat.posted("send")).map(({ text }) => text),
      ["one\ntwo"],
    );
    assert.equal(await chat.composer.inputValue(), "");
    await chat.page.keyboard.press("Enter");
    await chat.page.keyboard.type("   ");
    await chat.page.keyboard.press("Enter");
    assert.equal((await chat.posted("send")).length, 1, "nothing is not sent");
  });

  it("reports the draft as it changes and when the page is hidden, and restores one", async () => {
    await chat.give(header(), { type: "draft", text: "from before" });
    assert.equal(await chat.composer.inputValue(), "from before");
    await chat.composer.press("End");
    await chat.page.keyboard.type("!");
    await chat.waitForPost("draft");
    assert.deepEqual(await chat.posted("draft"), [{ type: "draft", text: "from before!" }]);
    await chat.page.keyboard.type("?");
    await chat.page.evaluate(() => window.dispatchEvent(new Event("blur")));
    assert.equal((await chat.posted("draft")).at(-1)?.text, "from before!?");
    await chat.give({ type: "draft", text: "late" });
    assert.equal(await chat.composer.inputValue(), "from before!?", "what is being written wins");
  });

  it("keeps a sent text until it is accepted, and puts it before the next one when it is refused", async () => {
    const reported = async () => (await chat.posted("draft")).map(({ text }) => text);
    await chat.give(header());
    await chat.composer.focus();
    await chat.page.keyboard.type("a thought");
    await chat.waitForPost("draft");
    await chat.page.keyboard.press("Enter");
    await chat.page.keyboard.type("and another");
    await chat.page.keyboard.press("Enter");
    const [first, second] = await chat.posted("send");
    assert.ok(first !== undefined && second !== undefined && first.id !== second.id);
    const sending = chat.page.locator(".composer-sending");
    await sending.waitFor();
    assert.match((await sending.textContent()) ?? "", /a thought\nand another/);
    await chat.page.keyboard.type("and the next");
    await chat.page.keyboard.press("ArrowLeft");
    const text = joinedTexts([first.text, second.text]);
    await chat.give({ type: "refused", ids: [first.id, second.id], text });
    assert.equal(await chat.composer.inputValue(), "a thought\nand another\nand the next");
    assert.equal(await sending.count(), 0);
    assert.match((await chat.live.textContent()) ?? "", /Not sent/);
    await chat.page.keyboard.type("!");
    assert.equal(
      await chat.composer.inputValue(),
      "a thought\nand another\nand the nex!t",
      "the cursor stays",
    );
    await chat.page.evaluate(() => window.dispatchEvent(new Event("blur")));
    assert.equal((await reported()).at(-1), "a thought\nand another\nand the nex!t");
    assert.equal((await chat.posted("draft")).at(-1)?.includes, second.id);

    await chat.page.keyboard.press("Enter");
    const third = (await chat.posted("send")).at(-1);
    await sending.waitFor();
    await chat.give({ type: "taken", id: third?.id ?? "" });
    assert.equal(await sending.count(), 0);
    assert.equal(await chat.composer.inputValue(), "");
  });

  it("reports that a draft is too long to be kept", async () => {
    await chat.give(header());
    await chat.composer.fill("x".repeat(MAX_DRAFT_CHARACTERS + 1));
    assert.match((await chat.page.locator("#composer-note").textContent()) ?? "", /isn't kept/);
    assert.match((await chat.live.textContent()) ?? "", /isn't kept/);
  });

  it("loads a draft from another window, unless the user is typing here", async () => {
    await chat.give(header(), { type: "draft", text: "one" });
    await chat.give({ type: "draft", text: "two" });
    assert.equal(await chat.composer.inputValue(), "one", "somebody is here");
    await chat.page.evaluate(() => {
      document.hasFocus = () => false;
    });
    await chat.give({ type: "draft", text: "three" });
    assert.equal(await chat.composer.inputValue(), "three");
    await chat.give({ type: "draft", text: "" });
    assert.equal(await chat.composer.inputValue(), "", "sent from there");
    await chat.composer.pressSequentially("mine");
    await chat.give({ type: "draft", text: "four" });
    assert.equal(await chat.composer.inputValue(), "mine", "not reported yet");
    assert.deepEqual(await chat.posted("draft"), []);
  });

  it("does not send a text that is too long, and shows by how much", async () => {
    await chat.give(header());
    await chat.composer.fill("€".repeat(MAX_TEXT_BYTES / 3 + 1));
    await chat.composer.press("Enter");
    assert.deepEqual(await chat.posted("send"), []);
    assert.match(
      (await chat.page.locator("#composer-note").textContent()) ?? "",
      /Too long by 2 bytes.*64 KB/,
    );
    assert.match((await chat.live.textContent()) ?? "", /Too long/);
    assert.equal(await chat.page.getByRole("button", { name: "Send" }).isDisabled(), true);
    await chat.composer.fill("€".repeat(MAX_TEXT_BYTES / 3));
    await chat.composer.press("Enter");
    assert.equal((await chat.posted("send")).length, 1);
  });

  it("disables the composer when nothing can be sent, and shows why", async () => {
    await chat.give(header({ phase: "closed-by-peer" }));
    assert.equal(await chat.composer.getAttribute("placeholder"), "The chat is closed");
    await chat.composer.focus();
    await chat.page.keyboard.type("hello");
    await chat.page.keyboard.press("Enter");
    assert.equal(await chat.composer.inputValue(), "");
    assert.deepEqual(await chat.posted("send"), []);
    await chat.give(header({ online: false, connected: false }));
    await chat.page.keyboard.type("it waits");
    await chat.page.keyboard.press("Enter");
    assert.equal((await chat.posted("send")).length, 1, "an open chat takes messages while offline");
  });
});
