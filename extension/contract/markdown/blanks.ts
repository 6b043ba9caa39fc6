/** Keeps all spaces and line breaks within a text. CommonMark drops some of them. */
import type { MarkdownIt } from "markdown-it";
import { changeRule } from "./rules.ts";

export function keepBlanks({ inline: { ruler } }: MarkdownIt): void {
  changeRule(ruler, "newline", () => (state, silent) => {
    if (state.src[state.pos] !== "\n") return false;
    if (!silent) state.push("softbreak", "br", 0);
    state.pos++;
    return true;
  });
  changeRule(ruler, "backticks", (original) => (state, silent) => {
    const start = state.pos;
    const before = state.tokens.length;
    if (!original(state, silent)) return false;
    const code = state.tokens.at(-1);
    if (silent || state.tokens.length === before || code?.type !== "code_inline") return true;
    const { length } = code.markup;
    const content = state.src.slice(start + length, state.pos - length);
    code.content = /^ .*[^ ].* $/s.test(content) ? content.slice(1, -1) : content;
    return true;
  });
}
