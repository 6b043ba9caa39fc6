/**
 * Extracts the English sentences that people read in the extension from its sources: each is the first
 * argument of a call of `t`, as a literal, so that l10n/bundle.l10n.json contains all of them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDERS = ["extension", "messenger"];

export const BUNDLE = "l10n/bundle.l10n.json";

const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const CALL = /(?<![\w$])t\(\s*/g;
const LITERAL = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const END_OF_ARGUMENT = /\s*[,)]/y;

/** Returns the files in which to look for sentences. */
export function sentenceSources(): readonly string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".d.ts"))
      .map((name) => join(folder, name)),
  ).sort();
}

/**
 * Returns the sentences in a source text, in their order.
 * @throws for a sentence that isn't a literal
 */
export function sentencesIn(source: string, path: string): readonly string[] {
  const code = source.replace(COMMENT, "");
  return [...code.matchAll(CALL)].map((call) => {
    const literal = matchAt(LITERAL, code, call.index + call[0].length);
    if (literal === undefined || matchAt(END_OF_ARGUMENT, code, LITERAL.lastIndex) === undefined)
      throw new Error(
        `${path}: a sentence must be written out where it is translated: ${code.slice(call.index, call.index + 80)}`,
      );
    return unquoted(literal);
  });
}

/** Returns the bundle's content: every sentence once, as its own translation. */
export function sentenceBundle(): string {
  const sentences = new Set(
    sentenceSources().flatMap((path) => sentencesIn(readFileSync(path, "utf8"), path)),
  );
  return `${JSON.stringify(Object.fromEntries([...sentences].map((text) => [text, text])), null, 2)}\n`;
}

function matchAt(expression: RegExp, text: string, at: number): string | undefined {
  expression.lastIndex = at;
  return expression.exec(text)?.[0];
}

function unquoted(literal: string): string {
  const inside = literal.slice(1, -1);
  return JSON.parse(
    `"${literal.startsWith("'") ? inside.replaceAll('"', '\\"').replaceAll("\\'", "'") : inside}"`,
  ) as string;
}
