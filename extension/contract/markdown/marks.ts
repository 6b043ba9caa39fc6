/** Finds the characters of a text that are Markdown's marks: they format other text and are not shown. */
import type { Env, MarkdownIt, StateInline } from "markdown-it";
import { changeRule } from "./rules.ts";

const recordings = new WeakMap<Env, { readonly text: string; readonly marks: Set<number> }>();
type Delimiter = StateInline["delimiters"][number];
const placeOf = new WeakMap<Delimiter, number>();

/** Marks that start a block on the first line of a paragraph, and on a later line (CommonMark 0.31, sections 4 and 5). */
const FIRST_LINE =
  /^[ \t]*(?:#{1,6}(?=[ \t]|$)|>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$)|`{3,}(?=[^`]*$)|~{3,}|([-_*])[ \t]*(?:\1[ \t]*){2,}$)/;
const LATER_LINE =
  /^[ \t]*(?:#{1,6}(?=[ \t]|$)|>|[-+*](?=[ \t]+\S)|1[.)](?=[ \t]+\S)|`{3,}(?=[^`]*$)|~{3,}|([-_*])[ \t]*(?:\1[ \t]*){2,}$)/;

/** @returns the indexes of the marks in the text of a paragraph, cell or heading. @param paragraph whether its lines can start blocks */
export function marksIn(markdown: MarkdownIt, text: string, paragraph: boolean): ReadonlySet<number> {
  const marks = new Set<number>();
  const env: Env = {};
  recordings.set(env, { text, marks });
  markdown.inline.parse(text, markdown, env, []);
  if (!paragraph) return marks;
  let start = 0;
  for (const line of text.split("\n")) {
    const length = (start === 0 ? FIRST_LINE : LATER_LINE).exec(line)?.[0].length ?? 0;
    for (let index = start; index < start + length; index++) marks.add(index);
    start += line.length + 1;
  }
  return marks;
}

/** Makes markdown-it's inline rules record the positions of marks for {@link marksIn}. */
export function recordMarks({ inline: { ruler, ruler2 } }: MarkdownIt): void {
  const whole = (state: StateInline) => {
    const recording = recordings.get(state.env);
    return recording?.text === state.src ? recording.marks : undefined;
  };
  const add = (marks: Set<number>, from: number, to: number) => {
    for (let index = from; index < to; index++) marks.add(index);
  };
  for (const name of ["emphasis", "strikethrough"])
    changeRule(ruler, name, (original) => (state, silent) => {
      const [start, known] = [state.pos, state.delimiters.length];
      if (!original(state, silent)) return false;
      const found = state.delimiters.slice(known);
      const width = name === "emphasis" ? 1 : 2;
      found.forEach((delimiter, index) => {
        placeOf.set(delimiter, state.pos - width * (found.length - index));
      });
      return state.pos > start;
    });
  ruler2.after("emphasis", "record_marks", (state) => {
    const marks = whole(state);
    if (marks === undefined) return;
    const lists = [state.delimiters, ...state.tokens_meta.map((meta) => meta?.delimiters ?? [])];
    for (const delimiters of lists)
      for (const opener of delimiters) {
        const closer = delimiters[opener.end];
        if (closer === undefined) continue;
        const width = opener.marker === "~".charCodeAt(0) ? 2 : 1;
        for (const place of [placeOf.get(opener), placeOf.get(closer)])
          if (place !== undefined) add(marks, place, place + width);
      }
  });
  changeRule(ruler, "backticks", (original) => (state, silent) => {
    const [start, before] = [state.pos, state.tokens.length];
    if (!original(state, silent)) return false;
    const code = state.tokens.at(-1);
    const marks = whole(state);
    if (marks === undefined || silent || state.tokens.length === before || code?.type !== "code_inline")
      return true;
    add(marks, start, start + code.markup.length);
    add(marks, state.pos - code.markup.length, state.pos);
    return true;
  });
  for (const [name, width] of [
    ["link", 1],
    ["image", 2],
  ] as const)
    changeRule(ruler, name, (original) => (state, silent) => {
      const start = state.pos;
      const marks = silent ? undefined : whole(state);
      if (marks === undefined || !"![".includes(state.src[start] ?? " ")) return original(state, silent);
      const label = state.md.helpers.parseLinkLabel(state, start + width - 1, name === "link");
      if (!original(state, silent)) return false;
      add(marks, start, start + width);
      add(marks, label, state.pos);
      return true;
    });
  changeRule(ruler, "autolink", (original) => (state, silent) => {
    const start = state.pos;
    if (!original(state, silent)) return false;
    const marks = silent ? undefined : whole(state);
    marks?.add(start).add(state.pos - 1);
    return true;
  });
}
