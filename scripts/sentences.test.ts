/** Finds sentences that are written outside the folders for the sentences of the server and the terminal. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
/**
 * An error between programs: its code, and its text for the log of the program that reads it. The errors of
 * operator and terminal are not included, since their text is shown as it is.
 */
const PROGRAM_ERROR =
  /(?:new (?!OperatorError|AuthorityError|TerminalError)\w*Error|super)\(\s*(?:"[^"]*",\s*)?(?:"[^"]*"|`[^`]*`)/g;
/** Text with one of SQL's keywords, a list of columns, or a comparison of one. */
const SQL =
  /\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|SAVEPOINT|RELEASE|VACUUM|RETURNING|FROM|WHERE|AND|EXISTS|NULL)\b|^\w+(?:, \w+)+$|^\$\{\w+\} \w+ = \?$/;
/** The arguments of the terminal's commands, which are typed literally: `NAME new | old`. */
const ARGUMENTS = /^\/\w+ \$\{\w+\}$|^[A-Z]+ \w+ \| \w+$/;
/** Names on disk or in certificates, which aren't translated. */
const NAMES = ["Application Support", "Parley team CA", "Parley server"];

/**
 * Returns the literals of a source that people could read: those in which a space separates two words, one of
 * them in lower case.
 */
function sentencesIn(source: string): readonly string[] {
  const code = source.replace(COMMENTS, "").replace(PROGRAM_ERROR, "");
  return [...code.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, plain, template]) => plain ?? template ?? "")
    .filter((text) =>
      /\p{L} +(?:\$\{[^}]*\} +)?\p{Ll}|\p{Ll},? +\p{L}/u.test(text.replace(/\$\{[^}]*\}/g, "X")),
    )
    .filter((text) => !SQL.test(text) && !ARGUMENTS.test(text) && !NAMES.includes(text));
}

/** The files in which each part may have sentences, and about how many others there are to search. */
const PARTS = {
  server: { words: "server/words/", others: 80 },
  terminal: { words: "terminal/words/", others: 20 },
};

function sourcesOf(part: string, words: string): readonly string[] {
  return globSync(`${part}/**/*.ts`, { exclude: (name) => /\.test\.ts$|-fixture\.ts$/.test(name) })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.startsWith(words));
}

describe("sentences that people read", () => {
  for (const [part, { words, others }] of Object.entries(PARTS))
    it(`are written in ${words} and nowhere else in ${part}`, () => {
      const sources = sourcesOf(part, words);
      assert.ok(sources.length > others, String(sources.length));
      const elsewhere = sources.flatMap((path) =>
        sentencesIn(readFileSync(path, "utf8")).map((text) => `${path}: ${text}`),
      );
      assert.deepEqual(elsewhere, []);
    });
  it("would be found elsewhere", () => {
    for (const source of [
      'output.say({}, "No server runs.")',
      "output.say({}, `$" + "{name} can no longer sign in`)",
      "reply(`port $" + "{port} taken`)",
      'new OperatorError("disk-full", "Make room.")',
      'new TerminalError("no-editor", "Open VS Code first.")',
      'new Refusal(ErrorCode.TOO_MANY, "too many")',
      'log.warn({}, "bad message")',
    ])
      assert.equal(sentencesIn(source).length, 1, source);
    for (const source of [
      'db.exec("SELECT name FROM users")',
      'throw new ProtocolError("bad-message", "no key material")',
      'throw new Error("too many fields")',
      '"--metrics-port <port>"',
      '"not-a-sentence"',
      "// a comment, and its words",
    ])
      assert.deepEqual(sentencesIn(source), [], source);
  });
});
