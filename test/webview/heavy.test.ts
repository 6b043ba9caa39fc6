/**
 * Messages made to stall their readers: each is rendered, if necessary as plain text, within a bounded time
 * and depth.
 */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { ChatPage, header, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

declare global {
  interface Window {
    /** Amount of work that waits for idle time. */
    colouring: number;
  }
}

/**
 * Bounds the time of one message by the shortest hitch that a person notices, with room for a slow machine.
 */
const MAX_RENDER_MS = 2500;
const SIZE = 64 * 1024;
const fill = (unit: string, end = "") =>
  unit.repeat(Math.ceil((SIZE - end.length) / unit.length)).slice(0, SIZE - end.length) + end;
const HEAVY: Readonly<Record<string, string>> = {
  brackets: fill("["),
  "closed brackets": fill("[", fill("]").slice(0, SIZE / 2)),
  "image brackets": fill("!["),
  "link starts": fill("[a]("),
  emphasis: fill("*a _b "),
  "nested emphasis": fill("*a **b ", fill("** * ").slice(0, SIZE / 2)),
  stars: fill("*"),
  backticks: Array.from({ length: 350 }, (_, count) => "`".repeat(count)).join(" "),
  quotes: fill("> "),
  lists: fill("- "),
  "nested list lines": Array.from({ length: 300 }, (_, depth) => `${" ".repeat(depth * 2)}- a`)
    .join("\n")
    .slice(0, SIZE),
  table: `${"|a".repeat(500)}|\n${"|-".repeat(500)}|\n${"|\n".repeat(31_000)}`.slice(0, SIZE),
  entities: fill("&#x202e;"),
  angle: fill("<"),
  "html comments": fill("<!--"),
  links: fill("https://example.org/ "),
  "long link": `https://example.org/${fill("a")}`.slice(0, SIZE),
  "mail addresses": fill("mailto:a@b.example "),
  "almost mail": fill("a@"),
  colons: fill("http:"),
  escapes: fill("\\["),
  lines: fill("a\n"),
  rules: fill("---\n"),
  strikes: fill("~~a~"),
  "bidi controls": fill("\u202ea\u2066b"),
  "one long word": fill("x"),
  "combining marks": fill("a\u0301\u0302\u0303"),
  ...Object.fromEntries(
    [
      ["ts", "a<b>(`${"],
      ["ts", "(((a,b)=>"],
      ["js", "/[/"],
      ["js", "<a><b "],
      ["python", "f'{f\"{"],
      ["xml", '<a b="'],
      ["css", "a{b:c("],
      ["cpp", "template<a,(b)::"],
      ["csharp", "a<b,c<"],
      ["java", "@a(a.b<"],
      ["php", "<?php $a->"],
      ["ruby", "%w(a #{"],
      ["rust", "r#\"a'b "],
      ["swift", 'a.b<c>(#"'],
      ["kotlin", '"${a<'],
      ["markdown", "[a](b*_"],
      ["powershell", '$(@"a'],
      ["bash", "$(${`a"],
      ["sql", "'a' -- \"b("],
      ["yaml", "- {a: 'b\": "],
      ["perl", "no such grammar "],
    ].map(([language = "", unit = ""], index) => {
      const code = unit.repeat(200).slice(0, 900);
      return [`${language} code ${index}`, `\`\`\`${language}\n${`${code}\n`.repeat(17)}`];
    }),
  ),
  // Text that a grammar reads as the start of many constructs, at a message's greatest length.
  ...Object.fromEntries(
    ["c", "cpp", "csharp", "java", "ini", "php", "swift", "javascript"].flatMap((language) =>
      ["aaaa", "a.a.", "a_", "A", "a b ", "def a"].map((unit) => {
        const block = `\`\`\`${language}\n${`${unit.repeat(200).slice(0, 199)}\n`.repeat(81)}\`\`\`\n`;
        return [`four blocks of ${JSON.stringify(unit)} as ${language}`, block.repeat(4).slice(0, SIZE)];
      }),
    ),
  ),
};

describe("a page with expensive input", function () {
  this.timeout(180_000);
  let browser: Browser;
  let chat: ChatPage;

  before(async () => {
    browser = await launchChromium();
    chat = await ChatPage.open(browser, themes.dark);
    await chat.give(header());
    await chat.page.evaluate(() => {
      const inIdleTime = window.requestIdleCallback.bind(window);
      window.colouring = 0;
      window.requestIdleCallback = (work) => {
        window.colouring++;
        return inIdleTime((deadline) => {
          work(deadline);
          window.colouring--;
        });
      };
    });
  });
  after(() => browser.close());

  for (const [index, [name, text]] of Object.entries(HEAVY).entries())
    it(`is not stalled by ${name}`, async () => {
      const elapsed = await chat.page.evaluate(
        async (body) => {
          const start = performance.now();
          window.dispatchEvent(new MessageEvent("message", { data: body }));
          document.body.getBoundingClientRect();
          while (window.colouring > 0) await new Promise((next) => setTimeout(next));
          document.body.getBoundingClientRect();
          return performance.now() - start;
        },
        page([message(index, text)]),
      );
      assert.equal(await chat.messages.count(), 1);
      assert.ok(elapsed < MAX_RENDER_MS, `took ${Math.round(elapsed)} ms`);
      const depth = await chat.page.evaluate(() => {
        const of = (node: Element): number => 1 + Math.max(0, ...[...node.children].slice(0, 50).map(of));
        return of(document.body);
      });
      assert.ok(depth < 80, `${depth} elements deep`);
    });

  it("colours ordinary code to its end, in any pieces, and leaves only expensive code plain", async () => {
    const unit = 'const a: string = "x"; /* a\n * comment\n */ function f() {}\n';
    const code = `${unit.repeat(60)}const long = "${"x".repeat(300)}";\n${unit}`;
    const plain = `/*${"\na ".repeat(3000)}\n`;
    // If the machine has no time for colours now, it may have some later.
    for (let id = 1; (await chat.page.locator(".code-keyword").count()) === 0; id += 2) {
      await chat.give(
        page([code, plain].map((text, index) => message(id + index, `\`\`\`ts\n${text}\`\`\``))),
      );
      await chat.page.waitForFunction(() => window.colouring === 0);
    }
    const [honest] = await chat.page.locator("pre").allTextContents();
    assert.equal(honest, code.trimEnd());
    assert.equal(await chat.page.locator(".code-comment").count(), 61);
    assert.equal(await chat.page.locator(".code-keyword").count(), 122, "but for the line that is long");
  });
});
