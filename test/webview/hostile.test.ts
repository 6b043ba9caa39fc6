/** A peer's hostile text: none of it may run, load, navigate, disguise itself or stall the page. */
import assert from "node:assert/strict";
import { type ChatPage, header, message, page, withChatPage } from "./chat-page.ts";
import { themes } from "./themes.ts";

const ATTACK = "attack('ran')";
const SOURCES = [
  `<script>${ATTACK}</script>`,
  `<img src=x onerror="${ATTACK}">`,
  `<svg onload="${ATTACK}"><script>${ATTACK}</script></svg>`,
  `<svg><animate onbegin="${ATTACK}" attributeName=x dur=1s></svg>`,
  `<iframe src="https://evil.example" srcdoc="<script>parent.${ATTACK}</script>"></iframe>`,
  `<object data="https://evil.example"></object><embed src="https://evil.example">`,
  `<meta http-equiv="refresh" content="0;url=https://evil.example">`,
  `<base href="https://evil.example/">`,
  `<link rel=stylesheet href="https://evil.example/a.css"><style>body{background:url(https://evil.example/b)}</style>`,
  `<div style="background:url(https://evil.example/c)" onmouseover="${ATTACK}">x</div>`,
  `<form action="https://evil.example"><input autofocus onfocus="${ATTACK}"><button>Send</button></form>`,
  `<a href="javascript:${ATTACK}">a</a>`,
  `<details open ontoggle="${ATTACK}"><summary>x</summary></details>`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${ATTACK}">`,
  `<video><source onerror="${ATTACK}"></video><audio src=x onerror="${ATTACK}">`,
  `<template><script>${ATTACK}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${ATTACK}>">`,
  `[a](javascript:${ATTACK})`,
  `[a](JaVaScRiPt:${ATTACK})`,
  `[a](java\tscript:${ATTACK})`,
  `[a](&#106;avascript:${ATTACK})`,
  `[a](<javascript:${ATTACK}>)`,
  `[a](data:text/html,<script>${ATTACK}</script>)`,
  `[a](vbscript:${ATTACK})`,
  `[a](command:workbench.action.quit)`,
  `[a](vscode://parley-chat.parley/join?x)`,
  `[a](vscode-webview://x/y)`,
  `[a](file:///etc/passwd)`,
  `[a](//evil.example)`,
  `[a](https://evil.example "onclick=${ATTACK}")`,
  `[a](https://evil.example/"onmouseover="${ATTACK})`,
  `[x]: javascript:${ATTACK}\n\n[x]`,
  `<javascript:${ATTACK}>`,
  `<command:workbench.action.quit>`,
  `![x](https://evil.example/pixel.png)`,
  `![x](javascript:${ATTACK})`,
  `![x](data:image/svg+xml,<svg onload=${ATTACK}>)`,
  `[![x](https://evil.example/pixel.png)](javascript:${ATTACK})`,
  `\`\`\`html\n<script>${ATTACK}</script>\n<img src=x onerror=${ATTACK}>\n\`\`\``,
  `\`\`\`"><img src=x onerror=${ATTACK}>\ncode\n\`\`\``,
  `\`\`\`__proto__\ncode\n\`\`\``,
  `\`\`\`constructor\ncode\n\`\`\``,
  `\`<img src=x onerror=${ATTACK}>\``,
  `| <img src=x onerror=${ATTACK}> | b |\n|---|---|\n| [a](javascript:${ATTACK}) | c |`,
  `> - 1. <script>${ATTACK}</script>`,
  `&lt;script&gt;${ATTACK}&lt;/script&gt;`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an attack on template languages, literally
  "${attack('ran')} {{constructor.constructor('attack(1)')()}} <!--?lit$1$-->",
  `\u202e<script>${ATTACK}</script>\0`,
];
const ALLOWED = new Set(
  "P DIV SPAN UL OL LI BLOCKQUOTE TABLE THEAD TBODY TR TH TD EM STRONG S A BDI CODE PRE FIGURE FIGCAPTION BUTTON BR HR".split(
    " ",
  ),
);
const ALLOWED_ATTRIBUTES = new Set([
  "class",
  "dir",
  "title",
  "role",
  "tabindex",
  "type",
  "aria-label",
  "value",
]);

describe("a chat with a hostile peer", function () {
  this.timeout(180_000);
  let chat: ChatPage;
  withChatPage(themes.dark, async (opened) => {
    chat = opened;
    await chat.give(header());
  });

  it("shows every attack as text: nothing runs, loads, navigates or reaches the content policy", async () => {
    await chat.give(page(SOURCES.map((source, index) => message(index + 1, source))));
    assert.equal(await chat.messages.count(), SOURCES.length);

    for (const link of await chat.log.getByRole("link").all()) await link.click();
    await chat.page.mouse.move(300, 300);
    const seen = await chat.page.evaluate(() => ({
      attacked: window.attacked,
      violations: window.violations,
      address: location.href,
      frames: window.frames.length,
      elements: [...document.querySelectorAll(".body *")].map((element) => element.tagName),
      attributes: [...document.querySelectorAll(".body *")].flatMap((element) => element.getAttributeNames()),
      styles: document.querySelectorAll("body style, [style]:not(html)").length,
    }));
    assert.deepEqual(seen.attacked, []);
    assert.deepEqual(seen.violations, []);
    assert.equal(seen.address, "https://panel.test/");
    assert.equal(seen.frames, 0);
    assert.equal(seen.styles, 0);
    assert.deepEqual(
      seen.elements.filter((tag) => !ALLOWED.has(tag)),
      [],
    );
    assert.deepEqual(
      seen.attributes.filter((name) => !ALLOWED_ATTRIBUTES.has(name)),
      [],
    );
    assert.deepEqual(chat.requests, []);
    assert.deepEqual(chat.errors, []);
    for (const { href } of await chat.posted("openLink")) assert.match(href, /^https:\/\/evil\.example\//);
  });

  it("keeps the words of an attack readable", async () => {
    await chat.give(page([message(1, SOURCES[0] ?? ""), message(2, `[a](javascript:${ATTACK})`)]));
    assert.equal(await chat.page.locator(".body").first().textContent(), SOURCES[0]);
    assert.equal(await chat.page.locator(".body").nth(1).textContent(), `[a](javascript:${ATTACK})`);
  });

  it("treats names, kinds and failures as text as well", async () => {
    const html = `<img src=x onerror=${ATTACK}>`;
    await chat.give(
      header({ peer: html, me: html, connected: false, connectionText: html }),
      page([
        message(1, "", { body: { kind: "unknown", type: html, fallback: html } }),
        message(3, "x", { mine: true, state: "failed", failureText: html }),
      ]),
    );
    assert.equal(await chat.page.locator("img").count(), 0);
    assert.deepEqual(await chat.page.evaluate(() => window.attacked), []);
  });

  it("shows where a link leads beside any text that differs", async () => {
    await chat.give(
      page([
        message(1, "[https://bank.example](https://evil.example/login)"),
        message(2, "[docs](https://example.org/docs)"),
        message(3, "https://аpple.com"),
        message(4, "https://bank.example@evil.example/"),
        message(5, "[**bank.example**](https://evil.example) [`www.bank.example`](https://evil.example)"),
        message(6, "[](https://evil.example) [\u200b](https://evil.example)"),
        message(
          7,
          "[https\u200b://bank.example](https://evil.example) [bank.ex\u200dample](https://evil.example)",
        ),
      ]),
    );
    const links = chat.log.getByRole("link");
    assert.deepEqual(await links.allTextContents(), [
      "https://bank.example (evil.example)",
      "docs (example.org)",
      "https://аpple.com (xn--pple-43d.com)",
      "bank.example (evil.example)",
      "www.bank.example (evil.example)",
      "https://evil.example/",
      "https://evil.example/",
      "https\u200b://bank.example (evil.example)",
      "bank.ex\u200dample (evil.example)",
    ]);
    const disguised = chat.messages.nth(3).locator(".body");
    assert.equal(await disguised.textContent(), "https://bank.example@evil.example/", "no link at all");
    assert.equal(await links.nth(1).getAttribute("title"), "https://example.org/docs");
    assert.equal(await links.nth(1).getAttribute("href"), null);
    await links.nth(1).click();
    await links.nth(1).press("Enter");
    assert.deepEqual(
      (await chat.posted("openLink")).map(({ href }) => href),
      ["https://example.org/docs", "https://example.org/docs"],
    );
  });

  it("shows characters that hide or reorder text", async () => {
    await chat.give(page([message(1, "access\u202etxt.exe\u202c `if\u200b(a\u2066)` &#8238;end")]));
    const text = await chat.page.locator(".body").textContent();
    assert.equal(text, "accessU+202Etxt.exeU+202C ifU+200B(aU+2066) &#8238;end");
    assert.equal(await chat.page.locator(".hidden-character").count(), 4);
    assert.match((await chat.messages.first().getAttribute("aria-label")) ?? "", /access\[U\+202E\]txt/);
  });

  it("loads no picture, but shows its description and address", async () => {
    await chat.give(page([message(1, "![a cat](https://evil.example/cat.png)")]));
    const link = chat.log.getByRole("link", { name: "Image: a cat" });
    assert.equal(await link.getAttribute("title"), "https://evil.example/cat.png");
    assert.deepEqual(chat.requests, []);
  });
});
