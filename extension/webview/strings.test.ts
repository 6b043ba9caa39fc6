import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { bodyText } from "../../messenger/kinds/body.ts";
import { EVENTS, eventBody } from "../../messenger/kinds/event.ts";
import { pseudoText, untranslatedParts } from "../../messenger/kinds/pseudo-locale-fixture.ts";
import { useLanguage } from "../../messenger/text/times.ts";
import type { Username } from "../../protocol/ids.ts";
import { strings, useSentences } from "./strings.ts";
import { pageWords } from "./words.ts";

const english = Object.keys(JSON.parse(readFileSync("l10n/bundle.l10n.json", "utf8")) as object);
const translated = Object.fromEntries(english.map((text) => [text, pseudoText(text)]));
/** Values that contain no letters, so that every letter in a result is from the table. */
const VALUES = ["1", "2", "3"];

/** @returns all texts of the table. Functions are called with each of `samples` */
function textsOf(table: object, samples: readonly unknown[][]): readonly string[] {
  return Object.values(table).flatMap((entry: unknown): readonly string[] => {
    if (typeof entry === "string") return [entry];
    if (typeof entry === "function")
      return samples.map((args) => (entry as (...args: unknown[]) => string)(...args));
    return textsOf(entry as object, samples);
  });
}

describe("the page of a chat panel in another language", () => {
  before(() => {
    useLanguage("de");
    useSentences(translated);
  });
  after(() => {
    useLanguage("");
    useSentences({});
  });

  it("has no untranslated sentence", () => {
    const texts = [
      ...textsOf(strings, [VALUES, ["5000", "6000", "7000"]]),
      strings.newMessages(1),
      strings.newMessagesSpoken(1, "-"),
      strings.spokenCode("", 1),
      strings.failure(""),
      strings.image(""),
    ];
    assert.ok(texts.length > 150, String(texts.length));
    assert.deepEqual(
      texts.filter((text) => untranslatedParts(text, ["bob"]) !== ""),
      [],
    );
  });
  it("has the chat's own events in that language", () => {
    for (const name of EVENTS)
      for (const seconds of [0, 1, 90, 60, 3600, 86_400, 2 * 604_800]) {
        const text = bodyText(eventBody(name, "bob" as Username, seconds), pageWords);
        assert.equal(untranslatedParts(text, ["bob"]), "", text);
      }
    for (const body of [{ kind: "not-understood" }, { kind: "unknown", type: "x", fallback: "" }] as const)
      assert.equal(untranslatedParts(bodyText(body, pageWords), []), "");
  });
  it("writes numbers as that language does", () => {
    useSentences({});
    assert.equal(strings.bytes(1500), "1,5 KB");
    assert.equal(strings.newMessages(12_345), "12.345 new messages");
    useSentences(translated);
  });
  it("stays English when a sentence has no translation", () => {
    useSentences({ Online: "Verbunden" });
    assert.equal(strings.online, "Verbunden");
    assert.equal(strings.offline, "Offline");
    useSentences(translated);
  });
});

describe("a text in the pseudo language", () => {
  it("shows the parts that were left out of translation", () => {
    assert.equal(untranslatedParts("⟦Hello ⟦you⟧⟧ there, bob", ["bob"]), "there,");
    assert.equal(untranslatedParts("$(bell) ⟦Hello⟧: bob (12)", ["bob"]), "");
  });
});
