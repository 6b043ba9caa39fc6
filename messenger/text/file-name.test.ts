import assert from "node:assert/strict";
import fc from "fast-check";
import { fileName, shownFileName } from "./file-name.ts";

const bytesOf = (text: string) => Buffer.byteLength(text);
const charactersOf = (text: string) =>
  Array.from(new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text), ({ segment }) => segment);

/** Pieces of hostile names. */
const PIECES = [
  ...[
    "a",
    "B",
    "7",
    "-",
    "_",
    " ",
    "  ",
    ".",
    "..",
    "/",
    "\\",
    ":",
    "*",
    "?",
    '"',
    "<",
    ">",
    "|",
    "~",
    "$",
    "%2e",
  ],
  ...[
    "\0",
    "\n",
    "\r",
    "\t",
    "\x1b[2K",
    "\x7f",
    "\u0085",
    "\u2028",
    "\u2029",
    "\u00a0",
    "\u3000",
    "\u202e",
    "\u2066",
  ],
  ...[
    "\u200b",
    "\u200c",
    "\u200d",
    "\u200e",
    "\ufeff",
    "\u00ad",
    "\u061c",
    "\u180e",
    "\u{e0041}",
    "\ud800",
    "\udc00",
  ],
  ...[
    "CON",
    "nul",
    "Com1",
    "LPT\u00b9",
    "aux",
    "PRN",
    "CONIN$",
    ".txt",
    ".exe",
    ".tar.gz",
    ".pdf",
    "\uff0f",
    "\u2215",
  ],
  ...[
    "ä",
    "a\u0308",
    "e\u0301\u0302\u0303",
    "שלום",
    "مرحبا",
    "नमस्ते",
    "你好",
    "👨‍👩‍👧",
    "👍🏽",
    "🇩🇪",
    "می‌خواهم",
    "\u0300".repeat(300),
  ],
];
const hostile = fc.array(fc.constantFrom(...PIECES), { maxLength: 80 }).map((pieces) => pieces.join(""));
const names = fc.oneof(
  hostile,
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({ unit: "grapheme", maxLength: 400 }),
);
const check = (property: (name: string, proposed: string) => void) =>
  fc.assert(
    fc.property(names, (proposed) => property(fileName(proposed), proposed)),
    { numRuns: 2000 },
  );

describe("a file's name", () => {
  it("has 1 to 255 bytes", () =>
    check((name) => assert.ok(bytesOf(name) >= 1 && bytesOf(name) <= 255, `${bytesOf(name)}`)));

  it("is one part of a path, on every system", () =>
    check((name) => {
      assert.doesNotMatch(name, /[/\\:*?"<>|]/);
      assert.notEqual(name, ".");
      assert.notEqual(name, "..");
    }));

  it("has no invisible characters, and does not change the direction of text", () =>
    check((name) => {
      assert.doesNotMatch(
        name,
        /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u200b\ufeff\ud800-\udfff]/u,
      );
      assert.doesNotMatch(name, /[\x20-\x7e][\u200c\u200d]|[\u200c\u200d]($|[\x20-\x7e])/u);
      assert.doesNotMatch(name, / {2}/);
    }));

  it("is not a name that Windows reserves or changes", () =>
    check((name) => {
      assert.doesNotMatch(name, /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)/i);
      assert.doesNotMatch(name, /^ |[. ]$/);
    }));

  it("cannot be taken for an option of a program", () => check((name) => assert.doesNotMatch(name, /^-/)));

  it("is unchanged by a second pass", () => check((name) => assert.equal(fileName(name), name)));

  it("is unchanged if it is an ordinary one", () => {
    for (const name of [
      ...[
        "report.pdf",
        "README",
        ".gitignore",
        "a.tar.gz",
        "Übersicht (2).docx",
        "résumé final.txt",
        "v1.2.3",
        "console.log",
      ],
      ...[
        "comic.txt",
        "nullable.ts",
        "com10.txt",
        "שלום.txt",
        "مرحبا.pdf",
        "می‌خواهم.txt",
        "नमस्ते.md",
        "你好，世界.png",
        "👨‍👩‍👧.jpg",
        "🇩🇪.svg",
      ],
    ])
      assert.equal(fileName(name), name);
  });

  const table: readonly (readonly [string, string])[] = [
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["..", "file"],
    ["", "file"],
    ["   ", "file"],
    ["\u202e\u2066", "file"],
    ["C:\\Windows\\win.ini", "C__Windows_win.ini"],
    ["photo\u202egpj.exe", "photogpj.exe"],
    ["invoice.pdf                                .exe", "invoice.pdf .exe"],
    ["CON", "_CON"],
    ["nul.txt", "_nul.txt"],
    ["COM¹.log", "_COM¹.log"],
    ["aux .c", "_aux .c"],
    ["name.", "name"],
    ["name. . .", "name"],
    ["a\nb\tc", "a b c"],
    ["file.txt:hidden", "file.txt_hidden"],
    ["-rf", "_rf"],
    ["in\u200bvoice.e\u200dxe", "invoice.exe"],
    ["a\u0308.txt", "ä.txt"],
    ["\ud800.txt", "\ufffd.txt"],
  ];
  for (const [proposed, expected] of table)
    it(`of ${JSON.stringify(proposed)} is ${JSON.stringify(expected)}`, () =>
      assert.equal(fileName(proposed), expected));

  const scripts: readonly (readonly [string, string])[] = [
    ["Latin with marks", "e\u0323\u0302"],
    ["Arabic", "مُ"],
    ["Devanagari", "क्षि"],
    ["Han", "漢"],
    ["families of emoji", "👨‍👩‍👧‍👦"],
  ];
  for (const [script, letter] of scripts)
    it(`that is too long is cut between two letters, and keeps its ending: ${script}`, () => {
      const name = fileName(`${letter.repeat(300)}.pdf`);
      assert.ok(name.endsWith(".pdf"));
      assert.ok(bytesOf(name) <= 255 && bytesOf(name) > 255 - bytesOf(letter.normalize("NFC")) - 2);
      const whole = letter.normalize("NFC");
      assert.ok(charactersOf(name.slice(0, -4)).every((one) => one === whole || whole.startsWith(one)));
      assert.equal(name.slice(0, -4), whole.repeat((name.length - 4) / whole.length));
    });

  it("of exactly 255 bytes is unchanged, and a very long ending is cut like the rest", () => {
    assert.equal(fileName("漢".repeat(85)), "漢".repeat(85));
    const name = fileName(`a.${"b".repeat(300)}`);
    assert.ok(name.startsWith("a.bbb") && bytesOf(name) >= 250);
  });

  it("of a single letter with hundreds of marks is cut inside it", () => {
    const name = fileName(`x${"\u0300".repeat(1000)}.txt`);
    assert.ok(bytesOf(name) <= 255 && name.endsWith(".txt") && bytesOf(name) > 240);
  });
});

describe("a file's name in a line of text", () => {
  it("is isolated, on one line, within its bound, and equal to the saved name", () =>
    fc.assert(
      fc.property(names, fc.integer({ min: 5, max: 80 }), (proposed, most) => {
        const shown = shownFileName(proposed, most);
        assert.ok(shown.startsWith("\u2068") && shown.endsWith("\u2069"));
        const inner = shown.slice(1, -1);
        assert.doesNotMatch(inner, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        const name = fileName(proposed);
        if (name.includes("\u2026")) return;
        if (charactersOf(name).length <= most) assert.equal(inner, name);
        else {
          const [begin = "", end = ""] = inner.split("\u2026");
          assert.ok(name.startsWith(begin) && name.endsWith(end) && end !== "");
          assert.ok(charactersOf(inner).length <= most);
        }
      }),
      { numRuns: 1000 },
    ));

  it("shows the ending of a long one", () => {
    assert.equal(shownFileName(`${"long ".repeat(40)}name.pdf.exe`, 20), "\u2068long long…me.pdf.exe\u2069");
  });
});
