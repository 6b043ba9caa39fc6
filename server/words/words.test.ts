import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

const FOLDER = "server/words";
const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
/**
 * Of an error between programs: its code, and its text for the log of the one that reads it. The operator's errors aren't among them:
 * their text is shown as it is.
 */
const PROGRAM_ERROR =
  /(?:new (?!OperatorError|AuthorityError)\w*Error|super)\(\s*(?:"[^"]*",\s*)?(?:"[^"]*"|`[^`]*`)/g;
/** Has one of SQL's words, is a list of columns, or compares one. */
const SQL =
  /\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|SAVEPOINT|RELEASE|VACUUM|RETURNING|FROM|WHERE|AND|EXISTS|NULL)\b|^\w+(?:, \w+)+$|^\$\{\w+\} \w+ = \?$/;
/** Names on disk or in certificates, which aren't translated. */
const NAMES = ["Application Support", "Parley team CA", "Parley server"];

/** @returns the texts of a source that people could read: literals with a space and a word in small letters beside it */
function sentencesIn(source: string): readonly string[] {
  const code = source.replace(COMMENTS, "").replace(PROGRAM_ERROR, "");
  return [...code.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, plain, template]) => plain ?? template ?? "")
    .filter((text) =>
      /\p{L} +(?:\$\{[^}]*\} +)?\p{Ll}|\p{Ll},? +\p{L}/u.test(text.replace(/\$\{[^}]*\}/g, "X")),
    )
    .filter((text) => !SQL.test(text) && !NAMES.includes(text));
}

const sources = globSync("server/**/*.ts", { exclude: (name) => /\.test\.ts$|-fixture\.ts$/.test(name) })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => !path.startsWith(`${FOLDER}/`));

describe("the server's sentences", () => {
  it("are written in server/words and nowhere else", () => {
    assert.ok(sources.length > 80);
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
