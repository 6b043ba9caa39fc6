import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = import.meta.dirname;
/** The source of each file of the interface, by its name. */
const sources = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(FOLDER, name), "utf8")] as const);
const filesWith = (pattern: RegExp) =>
  sources.filter(([, source]) => pattern.test(source)).map(([name]) => name);

describe("modal questions", () => {
  it("all go through question.ts, whose first button is the safe one", () => {
    assert.deepEqual(filesWith(/\bmodal\s*:/), ["question.ts"]);
    const source = readFileSync(join(FOLDER, "question.ts"), "utf8");
    assert.match(source, /\{ modal: true, detail \}, safe, \.\.\.choices\)/);
  });
});

describe("a question", () => {
  it("has one choice beside the safe one, as Tab leads to the first on Windows and to the last elsewhere", () => {
    // The question about a changed key has no safe answer, so its focused button copies both numbers.
    assert.deepEqual(filesWith(/choices: \[[^\]]*,/), ["people/safety.ts"]);
  });
});

describe("the editor's quick inputs and file dialogs", () => {
  it("give the focus back to the chat that had it, but for steps that lead to another question", () => {
    const opens = /\b(?:show(?:QuickPick|InputBox|SaveDialog|OpenDialog)|openExternal)\(/g;
    const bare = sources.flatMap(([name, source]) =>
      [...source.matchAll(opens)]
        .filter(({ index }) => !/borrowingFocus\(\(\) =>\s*vscode\.\w+\.$/.test(source.slice(0, index)))
        .map(() => name),
    );
    assert.deepEqual(bare.sort(), [
      // Letters typed too early for the next question must not get into a chat.
      "account/ask-passphrase.ts",
      "account/backup.ts",
      "account/backup.ts",
      // Its two steps borrow the focus together.
      "account/edit-profile.ts",
      "account/edit-profile.ts",
      "account/recovery-file.ts",
      "people/invite-someone.ts",
      "people/pick-chat.ts",
      "server/ask-server.ts",
      "status/menu.ts",
    ]);
  });
});

describe("notifications", () => {
  it("of other extensions are left alone: no command that moves or clears all notifications is called", () => {
    assert.deepEqual(filesWith(/["'`]notifications?\.\w+["'`]/), []);
  });

  it("have a button each, as the editor cuts one without to its first line", () => {
    const calls = sources.flatMap(([name, source]) =>
      [...source.matchAll(/\.show(?:Information|Warning|Error)Message(?:<[^>]*>)?\(/g)].map(
        ({ 0: call, index }) => [name, argumentsAfter(source, index + call.length)] as const,
      ),
    );
    assert.ok(calls.length > 8, "the calls were found");
    assert.deepEqual(
      calls.filter(([, given]) => given.length < 2),
      [],
    );
  });
});

/** @returns the arguments of a call whose parenthesis opens before `start` */
function argumentsAfter(source: string, start: number): readonly string[] {
  const found = [""];
  let depth = 0;
  for (const [token] of source.slice(start).matchAll(/"(?:[^"\\]|\\.)*"|./gs)) {
    if (/^[([{]$/.test(token)) depth++;
    if (/^[)\]}]$/.test(token) && depth-- === 0) break;
    if (token === "," && depth === 0) found.push("");
    else found.push(found.pop() + token);
  }
  return found.map((one) => one.trim()).filter((one) => one !== "");
}
