/**
 * Keeps parts of blocks that CommonMark drops: the indentation of paragraphs and code, and the surplus cells of a table row that is
 * longer than the first row.
 */
import type { MarkdownIt, StateBlock } from "markdown-it";
import { MAX_TOKENS } from "./limits.ts";
import { changeRule } from "./rules.ts";

export function keepWholeBlocks({ block: { ruler } }: MarkdownIt): void {
  changeRule(ruler, "paragraph", (original) => (state, start, end, silent) => {
    if (!original(state, start, end, silent)) return false;
    const inline = state.tokens.at(-2);
    if (inline !== undefined) inline.content = state.getLines(start, state.line, state.blkIndent, false);
    return true;
  });
  changeRule(ruler, "code", (original) => (state, start, end, silent) => {
    if (!original(state, start, end, silent)) return false;
    const code = state.tokens.at(-1);
    if (code !== undefined) code.content = `${state.getLines(start, state.line, state.blkIndent, false)}\n`;
    return true;
  });
  changeRule(ruler, "fence", (original) => (state, start, end, silent) => {
    if (!original(state, start, end, silent)) return false;
    const code = state.tokens.at(-1);
    if (silent || code === undefined) return true;
    const lines = code.content === "" ? 0 : code.content.replace(/\n$/, "").split("\n").length;
    code.content = state.getLines(start + 1, start + 1 + lines, state.blkIndent, true);
    return true;
  });
  changeRule(ruler, "table", (original) => (state, start, end, silent) => {
    const first = state.tokens.length;
    if (!original(state, start, end, silent)) return false;
    if (!silent && state.tokens.length - first <= MAX_TOKENS) addFurtherCells(state, first);
    return true;
  });
}

/** Adds the cells that markdown-it has dropped. @param first index of the table's first token */
function addFurtherCells(state: StateBlock, first: number): void {
  const table = state.tokens.splice(first);
  let line = 0;
  let cells = 0;
  for (const token of table) {
    if (token.type === "tr_open") {
      line = token.map?.[0] ?? line;
      cells = 0;
    }
    if (token.type === "th_open" || token.type === "td_open") cells++;
    if (token.type === "tr_close")
      for (const text of cellsOf(lineOf(state, line)).slice(cells)) pushCell(state, token.level + 1, text);
    state.tokens.push(token);
  }
}

function pushCell(state: StateBlock, level: number, text: string): void {
  const cell = (type: string, tag: string, nesting: -1 | 0 | 1, level: number) => {
    const token = new state.Token(type, tag, nesting);
    token.block = true;
    token.level = level;
    state.tokens.push(token);
    return token;
  };
  cell("td_open", "td", 1, level);
  const inline = cell("inline", "", 0, level + 1);
  inline.content = text;
  inline.children = [];
  cell("td_close", "td", -1, level);
}

function lineOf({ src, bMarks, eMarks, tShift }: StateBlock, line: number): string {
  return src.slice((bMarks[line] ?? 0) + (tShift[line] ?? 0), eMarks[line]);
}

/** Splits a row like markdown-it: at each "|" that has no backslash directly before it (GFM, "Tables"). */
function cellsOf(row: string): readonly string[] {
  const cells = row.trim().split(/(?<!\\)\|/);
  if (cells[0] === "") cells.shift();
  if (cells.at(-1) === "") cells.pop();
  return cells.map((cell) => cell.replaceAll("\\|", "|").trim());
}
