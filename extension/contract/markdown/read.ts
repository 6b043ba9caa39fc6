/**
 * Splits a message's text into blocks. No character may be lost, so a block whose tokens do not show all of its characters is shown
 * unformatted.
 */
import type { Token } from "markdown-it";
import { isBlank } from "../blank-text.ts";
import { MAX_DEPTH, MAX_TOKENS } from "./limits.ts";
import { tokensOf } from "./parser.ts";
import { showsAll } from "./shows-all.ts";
import { SourceLines } from "./source-lines.ts";

export type Block =
  | { readonly kind: "formatted"; readonly tokens: readonly Token[] }
  | { readonly kind: "asWritten"; readonly text: string }
  /** Blank lines beyond the one that separates two blocks. */
  | { readonly kind: "blankLines"; readonly count: number };

export interface Reading {
  readonly blocks: readonly Block[];
  readonly lines: SourceLines;
}

/** More blank lines would only push the following blocks out of sight. */
const MAX_BLANK_LINES = 20;

/** A cache of one: a message is rendered and then spoken. */
let last: { readonly text: string; readonly reading: Reading | undefined } | undefined;

/** @returns undefined for a text that exceeds the limits for formatting */
export function readMarkdown(text: string): Reading | undefined {
  if (last?.text !== text) last = { text, reading: read(text) };
  return last.reading;
}

function read(text: string): Reading | undefined {
  const lines = new SourceLines(text);
  const tokens = tokensOf(lines.text);
  if (countTokens(tokens) > MAX_TOKENS || depthOf(tokens) > MAX_DEPTH) return undefined;
  const blocks: Block[] = [];
  let done = 0;
  for (const block of topLevel(tokens)) {
    const [first, end] = block[0]?.map ?? [done, done];
    const begin = firstText(lines, done, first);
    if (begin < first) blocks.push({ kind: "asWritten", text: lines.between(begin, first) });
    else if (blocks.length > 0) addBlankLines(blocks, lines, first);
    const written = lines.between(first, end);
    if (showsAll(block, written)) blocks.push({ kind: "formatted", tokens: block });
    else blocks.push({ kind: "asWritten", text: written });
    done = end;
  }
  const rest = lines.between(done, lines.count);
  if (!isBlank(rest)) blocks.push({ kind: "asWritten", text: rest });
  return { blocks, lines };
}

function* topLevel(tokens: readonly Token[]): Generator<readonly Token[], void, void> {
  let depth = 0;
  let block: Token[] = [];
  for (const token of tokens) {
    block.push(token);
    depth += token.nesting;
    if (depth > 0) continue;
    yield block;
    block = [];
  }
}

/** @returns the first non-blank line in `from` to `end`, exclusive; `end` if all are blank */
function firstText(lines: SourceLines, from: number, end: number): number {
  let line = from;
  while (line < end && lines.isBlank(line)) line++;
  return line;
}

function addBlankLines(blocks: Block[], lines: SourceLines, before: number): void {
  let first = before;
  while (first > 0 && before - first <= MAX_BLANK_LINES && lines.isBlank(first - 1)) first--;
  if (before - first > 1) blocks.push({ kind: "blankLines", count: before - first - 1 });
}

function countTokens(tokens: readonly Token[]): number {
  return tokens.reduce(
    (sum, token) => sum + 1 + (token.children === null ? 0 : countTokens(token.children)),
    0,
  );
}

function depthOf(tokens: readonly Token[]): number {
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    depth += token.nesting;
    const inside = token.children === null ? 0 : depthOf(token.children);
    deepest = Math.max(deepest, depth + inside);
  }
  return deepest;
}
