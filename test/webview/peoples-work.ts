/** Texts that people of all professions paste into a chat, with characters that Markdown could interpret. */

const E = "\x1b";
const FENCE = "```";
const lines = (...all: readonly string[]) => all.join("\n");

export const peoplesWork: readonly string[] = [
  // Paths, patterns, versions
  String.raw`\\fileserver\share\_archive\2026\*.docx`,
  String.raw`C:\Users\me\.ssh\config and C:\Program Files (x86)\_tmp\[old]\#1`,
  "src/**/*.ts **/*.test.ts !**/node_modules/** */_build/* /usr/*/lib/*.so.*",
  "~/.config/~backup~/__init__.py, __main__.py, _private_name_, snake_case_name, --__dunder__--",
  String.raw`^\d{1,3}(\.\d{1,3}){3}$ [^\]]+\[(\*|\+)\] \b\w+\_\w+\b (?<=\$)\d+ \\\\server\\x`,
  "s/\\(foo\\)\\|\\(bar\\)/\\2\\1/g; s#/a/#\\/b\\/#; tr -d '\\r' < in > out",
  "v1.2.3-rc.1+build.5 ~> 2.0, ^1.0.0, >=3 <4, 1.x || 2.x, pkg@~1.2, @scope/pkg@*",
  "00:1A:2B:3C:4D:5E 10.0.0.0/8 fe80::1%eth0 [::1]:8080 0x7f 1_000_000 1e-9 -5 +3 1) 2) 007. 12. 1986. A great year",

  // Shell, make, SQL, code without a fence
  lines(
    "$ docker run --rm -it \\",
    "    -v $PWD:/work \\",
    "    -e 'A=*' image:tag \\",
    '    sh -c "echo \\$HOME \\| cat"',
  ),
  lines("all: build", "\tcd src && \\", "\t  $(CC) -o $@ *.c", "", "clean:", "\trm -rf *.o __pycache__ ~*"),
  lines(
    "SELECT *, count(*) FROM `users` u",
    "  WHERE u.name LIKE '\\_a%' AND x <> 1 -- all",
    "  /* and */ GROUP BY 1;",
  ),
  lines(
    "def __init__(self, *args, **kwargs):",
    "    self.__x__ = args[0] * kwargs['*']",
    '    return f"{self!r:>{10}}"',
  ),
  lines("#include <stdio.h>", "#define MAX(a, b) \\", "  ((a) > (b) ? (a) : (b))", "int *p = &x, **q = &p;"),
  lines(
    "for (let i = 0; i < a.length; i++) { if (a[i](b)) x = y ** 2; }",
    "  // a * b * c, `t{e}`, <T,>(x: T) => x!",
  ),
  lines("#!/bin/sh", 'set -eu; [ "$#" -gt 0 ] || exit 2', "cat <<'EOF' > /tmp/x", "> not a quote", "EOF"),
  lines("echo 'a' | grep -E '^(\\*|\\+|-) ' | awk '{print $1 \"\\t\" $2}' | sort -k1,1 -n"),
  "PS C:\\> Get-ChildItem -Filter *.log | % { $_.FullName -replace '\\\\', '/' }",

  // Logs, traces, patches, terminals
  lines(
    "TypeError: x is not a function",
    "    at Object.<anonymous> (/app/src/_index.js:10:5)",
    "    at async *gen (file:///a/b.mjs:1:1)",
  ),
  lines(
    "Traceback (most recent call last):",
    '  File "/usr/lib/python3/a_b.py", line 1, in <module>',
    "    foo(*args)",
    "KeyError: '__x__'",
  ),
  lines(
    'Exception in thread "main" java.lang.NullPointerException',
    "\tat a.b.C$1.<init>(C.java:12)",
    "\t... 23 more",
  ),
  lines(
    "2026-11-30T02:00:01.123Z [INFO] (main) *** starting ***   pid=12   mem=  3 MB",
    "=====",
    "-----",
    "2026 ---- done ----",
  ),
  lines(
    "diff --git a/x b/x",
    "--- a/x",
    "+++ b/x",
    "@@ -1,3 +1,3 @@ f()",
    " same",
    "-old *line*",
    "+new _line_",
    "\\ No newline at end of file",
  ),
  lines(
    `${E}[31mERROR${E}[0m ${E}[1;32m✔ ok${E}[m 12 passing${E}[K`,
    `${E}]8;;https://example.org${E}\\link${E}]8;;${E}\\`,
  ),
  "10%\r20%\r30%\r\ndone\r\n\r\nnext\rlast",
  lines(
    '<34>1 2026-11-30T02:00:00Z host app - ID47 [a@1 b="c\\]"] message',
    "panic: runtime error: index out of range [3] with length 3",
  ),
  lines("  PID TTY          TIME CMD", " 1234 pts/0    00:00:00 bash", "    1 ?        00:00:03 init"),
  lines("├── src", "│   ├── a_b.ts", "│   └── *", "└── README.md"),
  lines(
    "commit 0a1b2c3 (HEAD -> main, origin/main)",
    "Author: A <a@b.example>",
    "",
    "    Subject_line",
    "",
    "     file.ts | 12 ++++++------",
  ),

  // Data
  '{"a_b": [1, 2, {"c*": null}], "d": "x\\n\\"y\\"", "e": "\\u00e9", "f": "<b>&amp;</b>"}',
  lines("a: &anchor", "  - *anchor", "  - !tag x", "  - |", "    text # no comment", "--- # next", "..."),
  lines("[section]", "key = value ; note", "path=C:\\\\x\\_y", "# note"),
  lines("id\tname\ttotal", "1\tA_B_C\t1,000.50", "2\t*\t-"),
  'name;"value; with ""quotes""";1.5;\\N',
  "<a href=\"x\">y</a> <br/> <!-- note --> &lt;b&gt; &nbsp; &#8203; &amp;amp; &copy=1 <?xml version='1.0'?> <![CDATA[x]]>",
  "title=A&copy=1&reg=2&sect=3&not=4&times=5;x",
  "$$\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt\\pi}{2}$$ and \\[a\\] \\(b\\) \\{c\\}",

  // Tables, lists, fences as people really type them
  lines("| a | b |", "|---|---|", "| 1 | 2 | 3 | 4 |", "| x |", "| `p|q` | r\\|s |"),
  lines("name | role", "---|:-:", "A | lead | extra", "B"),
  lines(
    "3. three",
    "1. one",
    "1. one again",
    "10. ten",
    "",
    "7) seven",
    "9) nine",
    "",
    "01. zero one",
    "2024. year",
  ),
  lines("- a", "  - b", "      c", "* d", "+ e", "- ", "-", "-5", "+5", "*5*", "- [ ] task", "- [x] done"),
  lines("1. first", "   more", "", "   par", "   ```", "   code", "   ```", "2. second"),
  lines("> quote", ">> deeper", "continued", "", "> ", ">:( ", "->", "=> x", ">=5", "<=6"),
  `${FENCE}rm -rf build && make all\nmake install\n${FENCE}`,
  `${FENCE}js title="src/secret-plan.ts" {3,5}\nlet a;\n${FENCE}`,
  `${FENCE}TypeScript\nx\n${FENCE}\n${FENCE}  Makefile  \n\ty\n${FENCE}\n~~~ ~~~\nz\n~~~`,
  `${FENCE}\n${FENCE}`,
  `  ${FENCE}\n  two\n    four\n one\n  ${FENCE}`,
  `${FENCE}sh\nunclosed *fence*\n\n# not a heading`,
  `text\n${FENCE}\nin the middle\n${FENCE} not closed\n${FENCE}\nend`,
  `\`\`\` one \`\` two \`\`\` three \` four \`\nfive\` six`,
  lines("# C#", "## a ##", "#hash #1", "####### seven", "#", "##"),
  lines("a", "", "", "", "b   c     d", "   e  ", "", "\tf", "", "    g", "\th"),
  lines("---", "text", "***", "_ _ _", "-- sig", "====", "~~~~"),
  "\n\n  leading blanks\n\n",

  // Links
  "https://oauth2:TOKEN@git.example.org/team/app.git https://deploy@git.example.org/x http://a:b/c@host.example/d",
  "https://example.org/a/../b https://example.org:443/ https://example.org/Größe?q=ä&b=%2F https://0x7f.0.0.1/x",
  "(see https://example.org/a_(b)_c), **https://example.org/*x*** _https://example.org/y_ <https://example.org/z>",
  'mail bob@example.org, mailto:bob@example.org, <bob@example.org>; [docs](https://example.org/docs "The title"), [a]()',
  "[a][b] [c] [d]: https://example.org 'x'\n[e]: y\n[^1]: note\n![alt text](https://example.org/c.png) ![x](y)",
  '[x](https://example.org/a\\_b) [y](<https://example.org/a b>) [z](javascript:alert(1)) [w](/relative "t") [[v]](https://example.org/)',
  "http:// https:/ //x file:///etc/passwd ssh://git@h/x git@github.com:a/b.git ftp://x.example/y view-source:https://example.org",

  // Scripts of many languages.
  "多行 **重点**内容,`代码`。第1、第2;①②③ 全角*星号*",
  "日本語の*強調*と_下線_、～チルダ～、１．全角 か゛",
  "한국어 **굵게** 텍스트 1. 목록",
  "שלום *עולם* https://example.org/אבג (1) [2] \u200fabc\u200e def",
  "مرحبا **بالعالم** ١٢٣ می\u200cخواهم کتاب\u200cها",
  "हिन्दी क्\u200dष **मोटा** १२३ ไทย ภาษาไทย עִבְרִית",
  "👨‍👩‍👧 🏳️‍🌈 👩🏽‍💻 🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} ❤️ ☺︎ 1️⃣ :smile: ¯\\_(ツ)_/¯ (╯°□°)╯︵ ┻━┻",
  "pay\u200bpal soft\u00adhyphen \u2060 \ufeff bidi \u202eevil\u202c \u2066x\u2069 nul \0 bell \x07 nbsp\u00a0x em\u2003y ideographic\u3000z",
  "z̸̗͝a̷l̸g̵o é é ﬁ ½ ² ℃ Ⅷ ㎏ İı ẞß",
];
