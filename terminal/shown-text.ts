/**
 * Makes any text safe for a terminal; all output goes through this function. The text cannot move the cursor,
 * change a colour, hide or reorder other text, or begin a line of its own.
 */
import { codePointText } from "../messenger/text/hidden-characters.ts";

const LINE_BREAK = /\r\n|[\n\v\f\u0085\u2028\u2029]/u;
const TAB = /\t/g;
/**
 * A run of one character that is invisible or affects others: control characters (C0, DEL, C1), format
 * characters (all bidirectional controls, joiners, zero-width spaces, tags), fillers and lone surrogates. The
 * emoji variation selector is allowed.
 */
const ACTING =
  /((?!\uFE0F(?<=\p{Emoji}\uFE0F))[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u115F\u1160\u2800\u3164\uFFA0])\1*/gu;
/** More combining marks on one letter would be drawn over the lines above. */
const STACKED = /(?<=\p{M}{4})\p{M}+/gu;

/** Indents all lines of one text after the first. */
const INDENT = "    ";
/** Text is never wrapped into fewer columns than this. */
const MIN_COLUMNS = 20;

/**
 * Splits a text into safe lines.
 * @param columns of the terminal; undefined if the output is not a terminal, and lines may have any length
 * @returns lines without their ends; all but the first are indented, so that none looks like the beginning of
 * another text
 */
export function shownLines(text: string, columns?: number): readonly string[] {
  const lines = text.split(LINE_BREAK).map(shownLine);
  const indented = lines.map((line, at) => (at === 0 ? line : INDENT + line));
  return columns === undefined ? indented : indented.flatMap((line) => wrapped(line, columns));
}

/** Returns the text as one line. */
export function shownLine(text: string): string {
  return text
    .replace(TAB, INDENT)
    .replace(ACTING, (run) => `[${codePointText(run)}]`)
    .replace(STACKED, (run) => [...run].map((mark) => `[${codePointText(mark)}]`).join(""));
}

/** Splits a line into rows that fit: at spaces if there are any, and without losing a character. */
function wrapped(line: string, columns: number): readonly string[] {
  // The last column stays empty: terminals differ in where the cursor is after writing a character there.
  const room = Math.max(MIN_COLUMNS, columns) - 1;
  const rows: string[] = [];
  let rest = line;
  while (rest !== "") {
    const fits = prefixThatFits(rest, room);
    const space = fits.length < rest.length ? fits.lastIndexOf(" ") : -1;
    const isInText = space > INDENT.length && fits.slice(0, space).trim() !== "";
    const row = isInText ? fits.slice(0, space + 1) : fits;
    rows.push(row);
    rest = row.length < rest.length ? INDENT + rest.slice(row.length) : "";
  }
  return rows.length === 0 ? [""] : rows;
}

function prefixThatFits(text: string, room: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += columnsOf(character);
    if (width > room) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/**
 * Returns the most columns that any terminal uses for the character: none before U+1100 is wide (UAX #11).
 */
function columnsOf(character: string): number {
  return (character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2;
}
