import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { BUNDLE, sentenceBundle, sentenceSources, sentencesIn } from "./sentences.ts";

type Texts = Readonly<Record<string, string>>;

const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Texts;
const sorted = (names: Iterable<string>) => [...names].sort();
const sentences = read(BUNDLE);
const manifest = read("package.nls.json");
const languages = readdirSync("l10n").flatMap((name) => /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1] ?? []);

/**
 * Returns the parts that a translation has to keep: places for values, targets of links, product icons,
 * spaces at the ends.
 */
function fixedParts(text: string): readonly string[] {
  return sorted(text.match(/\{\d+\}|\]\([^)]*\)|\$\([a-z-]+\)|parley:\/\/|^\s+|\s+$|\n/g) ?? []);
}

/** Returns the command titles that a text mentions as "Parley: Title…" and that occur in `texts`. */
function commandsNamed(text: string, texts: Texts): readonly string[] {
  return sorted(
    Object.keys(texts).filter((key) => key.startsWith("command.") && text.includes(`Parley: ${texts[key]}`)),
  );
}

describe("the English sentences", () => {
  it("are listed in the bundle, all of them and no other (npm run generate)", () => {
    assert.equal(readFileSync(BUNDLE, "utf8"), sentenceBundle());
  });
  it("are written out in each call that translates them", () => {
    for (const computed of ["t(text)", "t(`a`)", 't("a" + b)', "t()"])
      assert.throws(() => sentencesIn(computed, "a.ts"), /must be written out/, computed);
    assert.deepEqual(sentencesIn(`vscode.l10n.t(\n "a {0}",\n b); t('it is "b"'); print("c")`, "a.ts"), [
      "a {0}",
      'it is "b"',
    ]);
  });
  it("number their places from 0 without a gap", () => {
    for (const text of Object.keys(sentences)) {
      const places = new Set((text.match(/\{\d+\}/g) ?? []).map((place) => Number(place.slice(1, -1))));
      assert.deepEqual(
        sorted([...places].map(String)),
        sorted([...places.keys()].map((_, at) => String(at))),
        text,
      );
    }
  });
  it("are all passed to a translation function", () => {
    const bare = sentenceSources()
      .filter(
        (path) =>
          /^extension\/(ui|webview)\/|^messenger\/kinds\//.test(path) && !path.endsWith("/language-names.ts"),
      )
      .flatMap((path) => bareIn(readFileSync(path, "utf8")).map((text) => `${path}: ${text}`));
    assert.deepEqual(bare, []);
  });
  it("are detected when they are not translated", () => {
    assert.deepEqual(bareIn('const text = "Wait a moment";'), ["Wait a moment"]);
    assert.deepEqual(bareIn("html`<p>Wait a moment</p>`"), ["Wait a moment"]);
    assert.deepEqual(bareIn('html`<p title="Wait a moment"></p>`'), ["Wait a moment"]);
    assert.deepEqual(bareIn('throw new Error("no such thing here")'), []);
  });
});

for (const language of languages)
  describe(`the translation to ${language}`, () => {
    const bundle = read(`l10n/bundle.l10n.${language}.json`);
    const nls = read(`package.nls.${language}.json`);
    const pairs: readonly (readonly [string, string])[] = [
      ...Object.entries(bundle),
      ...Object.entries(manifest).map(([key, text]) => [text, nls[key] ?? ""] as const),
    ];
    it("has every sentence of the code and no other", () => {
      assert.deepEqual(sorted(Object.keys(bundle)), sorted(Object.keys(sentences)));
    });
    it("has every text of the manifest and no other", () => {
      assert.deepEqual(sorted(Object.keys(nls)), sorted(Object.keys(manifest)));
    });
    it("keeps places for values, links and line ends", () => {
      for (const [english, text] of pairs) assert.deepEqual(fixedParts(text), fixedParts(english), english);
    });
    it("leaves nothing empty, and no sentence English", () => {
      for (const [english, text] of pairs) {
        assert.notEqual(text.trim(), "", english);
        if (/[a-z] [a-z]+ [a-z]/i.test(english)) assert.notEqual(text, english);
      }
    });
    it("ends as the English does: with a full stop, an ellipsis, a question mark, a colon or none", () => {
      const wide: Texts = { "。": ".", "？": "?", "：": ":" };
      const end = (text: string) => {
        const [last = ""] = /[.…?:。？：]$/.exec(text.trim()) ?? [];
        return wide[last] ?? last;
      };
      for (const [english, text] of pairs) assert.equal(end(text), end(english), english);
    });
    it("names commands by their own titles", () => {
      for (const [english, text] of pairs)
        assert.deepEqual(commandsNamed(text, nls), commandsNamed(english, manifest), english);
    });
    it("translates the same text the same way everywhere", () => {
      for (const [key, english] of Object.entries(manifest))
        if (bundle[english] !== undefined && key.startsWith("command."))
          assert.equal(bundle[english], nls[key], english);
    });
  });

describe("the languages", () => {
  it("have both of their files, and German is among them", () => {
    const manifests = readdirSync(".").flatMap((name) => /^package\.nls\.(.+)\.json$/.exec(name)?.[1] ?? []);
    assert.deepEqual(sorted(manifests), sorted(languages));
    assert.ok(languages.includes("de"));
  });
});

/** Matches an error's code and its text for the log, which need no translation. */
const NOT_SHOWN = /new \w*Error\(\s*(?:"[^"]*"|`[^`]*`)(?:,\s*(?:"[^"]*"|`[^`]*`))?/g;

/** Returns the text in a source file that looks like a sentence and isn't translated. */
function bareIn(source: string): readonly string[] {
  const code = source
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
    .replace(NOT_SHOWN, "")
    .replace(/(?<![\w$])t\(\s*(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/g, "t(");
  const quoted = [...code.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map(([, text]) => text ?? "");
  const inMarkup = [...code.matchAll(/>([^<>`${}]*)</g)].map(([, text]) => (text ?? "").trim());
  return [...quoted, ...inMarkup].filter((text) => /^[A-Z"']?[a-z']+ [a-z']+(?: [\w'.,…]+)+$/i.test(text));
}
