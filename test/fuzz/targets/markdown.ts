/** A peer's text, as DOM nodes in a real Chromium: only allowed nodes, and text is text. */
import assert from "node:assert/strict";
import { build } from "esbuild";
import type { CDPSession, Page } from "playwright-core";
import { launchChromium } from "../../../scripts/editor/chromium.ts";
import { type Inspector, PRECISELY } from "../coverage.ts";
import { type Target, textOf, utf8 } from "../target.ts";

const ORIGIN = "https://page.test";
const HANG_MS = 10_000;
const SAMPLES = [
  "# Heading\n\n- one\n- two\n  1. three\n\n> quote\n\n---",
  "**bold** *em* ~~gone~~ `code` https://example.org/a?b=c <https://example.org> a@b.example",
  '[a](https://example.org "title") ![b](https://example.org/c.png) [d](mailto:a@b.example)',
  "| a | b |\n|---|:-:|\n| c | [d](https://example.org) |",
  "```ts\nconst a: string = `x`; // comment\n```\n\n    indented\n",
  "```html\n<script>alert(1)</script><img src=x onerror=alert(1)>\n```",
  "<script>alert(1)</script> &lt;b&gt; &#x202e; \\* a\u202eb\u200b \0",
  "[a](javascript:alert(1)) [b](data:text/html,x) [c](command:x) [d](vscode://x/y) //e.example www.f.example",
];
const WORDS = [
  "](",
  "![",
  "```",
  "~~~",
  "<",
  "javascript:",
  "&#",
  "||",
  "- ",
  "> ",
  "\n",
  "\n\n",
  "****",
  "__",
  "https://",
  "@",
  "\u202e",
  "\u200d",
  "```js\n",
  "```css\n",
  "```json\n",
];

export async function open(): Promise<Target> {
  const browser = await launchChromium();
  const script = await bundle();
  let { page, inspector } = await openPage();
  async function openPage(): Promise<{ page: Page; inspector: Inspector }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/*", (route) =>
      route.request().url() === `${ORIGIN}/page.js`
        ? route.fulfill({ contentType: "text/javascript; charset=utf-8", body: script })
        : route.fulfill({
            contentType: "text/html",
            body: '<!doctype html><body><script src="/page.js"></script>',
          }),
    );
    const inspector = await startInspector(await context.newCDPSession(page));
    await page.goto(ORIGIN);
    return { page, inspector };
  }
  return {
    samples: SAMPLES.map(utf8),
    words: WORDS.map(utf8),
    maxBytes: 66_000,
    inspector: { take: () => inspector.take() },
    async run(input) {
      const text = textOf(input);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<string>((resolve) => {
        timer = setTimeout(() => resolve("it hangs"), HANG_MS);
      });
      const wrong = await Promise.race([page.evaluate((drawn) => window.draw(drawn), text), late]);
      clearTimeout(timer);
      if (wrong === "it hangs") ({ page, inspector } = await openPage());
      assert.equal(wrong, undefined);
    },
    close: () => browser.close(),
  };
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ["test/fuzz/markdown-page.ts"],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "chrome120",
  });
  return outputFiles[0]?.text ?? "";
}

async function startInspector(session: CDPSession): Promise<Inspector> {
  await session.send("Profiler.enable");
  await session.send("Profiler.startPreciseCoverage", PRECISELY);
  return { take: async () => (await session.send("Profiler.takePreciseCoverage")).result };
}
