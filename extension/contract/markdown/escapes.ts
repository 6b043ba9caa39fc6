/**
 * Handles backslashes. A backslash is hidden only if it stops Markdown from formatting the next character, as in `\*not italic\*`.
 * In paths, patterns and shell commands it is part of the text.
 */
import type { Env, MarkdownIt } from "markdown-it";
import { MAX_TOKENS } from "./limits.ts";
import { marksIn } from "./marks.ts";
import { changeRule } from "./rules.ts";
import { beginsTask, TASK_MARK_CHARACTERS } from "./tasks.ts";

const ESCAPE = /\\([!-/:-@[-`{-~])/g;
const vanishing = new WeakMap<Env, { readonly text: string; readonly places: ReadonlySet<number> }>();

export function keepBackslashes(markdown: MarkdownIt): void {
  const { core, inline } = markdown;
  changeRule(inline.ruler, "escape", () => (state, silent) => {
    const next = state.src[state.pos + 1];
    if (state.src[state.pos] !== "\\" || next === undefined || state.pos + 1 >= state.posMax) return false;
    if (next !== "\\" && !/[!-/:-@[-`{-~]/.test(next)) return false;
    if (!silent) {
      const known = vanishing.get(state.env);
      const vanishes = known?.text === state.src && known.places.has(state.pos);
      state.pending += vanishes ? next : `\\${next}`;
    }
    state.pos += 2;
    return true;
  });
  changeRule(core.ruler, "inline", () => (state) => {
    if (state.tokens.length > MAX_TOKENS) return;
    state.tokens.forEach((token, index) => {
      if (token.type !== "inline") return;
      const paragraph = state.tokens[index - 1]?.type === "paragraph_open";
      const env: Env = {};
      const item = paragraph && state.tokens[index - 2]?.type === "list_item_open";
      const places = formattingBackslashes(markdown, token.content, { paragraph, item });
      vanishing.set(env, { text: token.content, places });
      token.children ??= [];
      inline.parse(token.content, markdown, env, token.children);
    });
  });
}

/** @returns the positions of the backslashes that prevent formatting */
function formattingBackslashes(
  markdown: MarkdownIt,
  text: string,
  { paragraph, item }: { readonly paragraph: boolean; readonly item: boolean },
): ReadonlySet<number> {
  /** Positions of backslashes in `text`, keyed by the position of the next character in `bare`. */
  const escapes = new Map<number, number>();
  const bare = text.replace(ESCAPE, (pair, next: string, index: number) => {
    if (next === "\\") return pair;
    escapes.set(index - escapes.size, index);
    return next;
  });
  if (escapes.size === 0) return new Set();
  const marks = marksIn(markdown, bare, paragraph);
  const box = item && beginsTask(bare) ? TASK_MARK_CHARACTERS : 0;
  return new Set([...escapes].flatMap(([place, index]) => (place < box || marks.has(place) ? [index] : [])));
}
