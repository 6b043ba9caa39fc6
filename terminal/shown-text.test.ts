import assert from "node:assert/strict";
import xterm from "@xterm/headless";
import fc from "fast-check";
import { shownLine, shownLines } from "./shown-text.ts";

const ROWS = 60;

/** Characters that affect a terminal or other text, and a few that do not. */
const HOSTILE = [
  ..."\x1b\x9b\x9d\x90\x07\x08\r\n\t\v\f\x7f\0\x0e\x0f\u0085\u2028\u2029\u202a\u202e\u2066\u2069\u200b\u200d\u200e\ufeff\u00ad\u3164\u2800",
  "\x1b[2J",
  "\x1b[H",
  "\x1b[1A",
  "\x1b]0;title\x07",
  "\x1b]52;c;cm0gLXJm\x07",
  "\x1b]8;;http://evil.example\x1b\\",
  "\x1bc",
  "\x1b[?1049h",
  "\x1b[31m",
  "\x1b[6n",
  "\x1bP$q\x1b\\",
  "\u{e0041}",
  "\ud800",
  "\u0301",
  "表",
  "😀",
  "é",
  "a",
  " ",
];
const hostileText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 80 }).map((parts) => parts.join("")),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);

/**
 * Prints a line above, the text, and a line below, as the screen does.
 * @returns the emulator, and whether the output made it answer anything
 */
async function emulated(rows: readonly string[], columns: number) {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows: ROWS,
    scrollback: 1_000,
    allowProposedApi: true,
  });
  const acts: string[] = [];
  terminal.onTitleChange((title) => acts.push(`title ${title}`));
  terminal.onData((data) => acts.push(`answer ${JSON.stringify(data)}`));
  terminal.onBell(() => acts.push("bell"));
  const text = ["above", ...rows, "below"].join("\r\n");
  await new Promise<void>((resolve) => terminal.write(Buffer.from(text, "utf8"), resolve));
  return { terminal, acts };
}

describe("text in a terminal", () => {
  it("moves no cursor: each line takes one row, and the rows around the text stay", async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, fc.integer({ min: 20, max: 100 }), async (text, columns) => {
        const rows = shownLines(text, columns);
        const { terminal, acts } = await emulated(rows, columns);
        const { active } = terminal.buffer;
        assert.deepEqual(acts, []);
        assert.equal(terminal.buffer.active.type, "normal");
        assert.equal(active.baseY + active.cursorY, rows.length + 1, "no row wrapped, and none was left out");
        assert.equal(active.getLine(0)?.translateToString(true), "above");
        const below = active.getLine(rows.length + 1);
        assert.equal(below?.translateToString(true), "below");
        const isPlain = (cell: xterm.IBufferCell | undefined) => cell?.isAttributeDefault();
        assert.ok(isPlain(below?.getCell(0)), "and no style lasts");
      }),
      { numRuns: 400 },
    );
  });

  it("contains no character that acts, hides or reorders text", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const line of shownLines(text))
          assert.doesNotMatch(
            line,
            /[\p{Cc}\p{Cs}\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E0FFF}]/u,
          );
      }),
      { numRuns: 1_000 },
    );
  });

  it("starts no line but the first at the left edge", () => {
    fc.assert(
      fc.property(hostileText, fc.option(fc.integer({ min: 20, max: 60 })), (text, columns) => {
        for (const line of shownLines(text, columns ?? undefined).slice(1)) assert.match(line, /^ {4}/);
      }),
    );
  });

  it("keeps every character where it wraps", () => {
    const words = fc.array(fc.stringMatching(/^[a-zé表😀 ]{0,30}$/u)).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 60 }), (text, columns) => {
        const joined = shownLines(text, columns)
          .map((row, at) => (at === 0 ? row : row.slice(4)))
          .join("");
        assert.equal(joined, text);
      }),
    );
  });

  for (const [what, text, shown] of [
    ["an escape sequence", "\x1b[2Jx", "[U+001B][2Jx"],
    ["its form of one character", "\u009b2Jx", "[U+009B]2Jx"],
    ["a carriage return", "real\rfake", "real[U+000D]fake"],
    ["text that runs backwards", "a\u202Eb", "a[U+202E]b"],
    ["characters without a width", "pay\u200b\u200b\u200bpal", "pay[U+200B×3]pal"],
    ["a half surrogate pair", "a\ud800b", "a[U+D800]b"],
    ["an emoji in colour, as it is", "❤\uFE0F", "❤\uFE0F"],
    ["a selector behind a letter", "a\uFE0F", "a[U+FE0F]"],
    ["marks piled on a letter", `e${"\u0301".repeat(6)}`, `e${"\u0301".repeat(4)}[U+0301][U+0301]`],
    ["a tab", "a\tb", "a    b"],
  ] as const)
    it(`shows ${what}`, () => assert.equal(shownLine(text), shown));

  it("indents further lines after every kind of line break", () => {
    for (const end of ["\n", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"])
      assert.deepEqual(shownLines(`hello${end}12:00 bob: fake`), ["hello", "    12:00 bob: fake"]);
  });

  it("keeps a forged line off the left edge that spaces push into the next row", () => {
    const forged = `hi${" ".repeat(31)}12:00 bob: fake`;
    assert.ok(shownLines(forged, 40).every((row, at) => at === 0 || row.startsWith("    ")));
  });
});
