import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

describe("modal questions", () => {
  it("all go through question.ts, whose first button is the safe one", () => {
    const folder = import.meta.dirname;
    const modal = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .filter((name) => /\bmodal\s*:/.test(readFileSync(join(folder, name), "utf8")));
    assert.deepEqual(modal, ["question.ts"]);
    const source = readFileSync(join(folder, "question.ts"), "utf8");
    assert.match(source, /\{ modal: true, detail \}, safe, \.\.\.choices\)/);
  });
});

describe("a question", () => {
  it("has one choice beside the safe one, as Tab leads to the first on Windows and to the last elsewhere", () => {
    const folder = "extension/ui";
    const several = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .filter((name) => /choices: \[[^\]]*,/.test(readFileSync(join(folder, name), "utf8")))
      .map((name) => name.replaceAll("\\", "/"));
    // Which of two keys is the true one has no safe answer: the button with the focus copies both numbers.
    assert.deepEqual(several, ["people/safety.ts"]);
  });
});

describe("notifications", () => {
  it("of other extensions are left alone: no command that moves or clears all notifications is called", () => {
    const folder = "extension/ui";
    const movers = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .filter((name) => /["'`]notifications?\.\w+["'`]/.test(readFileSync(join(folder, name), "utf8")));
    assert.deepEqual(movers, []);
  });

  it("have a button each, as the editor cuts one without to its first line", () => {
    const folder = "extension/ui";
    const calls = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .flatMap((name) => {
        const source = readFileSync(join(folder, name), "utf8");
        return [...source.matchAll(/\.show(?:Information|Warning|Error)Message(?:<[^>]*>)?\(/g)].map(
          ({ 0: call, index }) => [name, argumentsAfter(source, index + call.length)] as const,
        );
      });
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
