/** Checks display names. */
import { MAX_DISPLAY_NAME_CHARACTERS } from "../../limits.ts";

/** Letters, marks, digits, punctuation and symbols, with single spaces between: no control, format or other hidden character. */
const VISIBLE = /^[^\p{C}\p{Z}\p{M}][^\p{C}\p{Z}]*(?: [^\p{C}\p{Z}\p{M}][^\p{C}\p{Z}]*)*$/u;
/** Hides nothing by itself, but has no glyph. */
const BLANK = /[\p{Default_Ignorable_Code_Point}\u115F\u1160\u2800\u3164\uFFA0]/u;
/** More marks on one letter would cover other lines. */
const STACKED = /\p{M}{4}/u;
/** Their letters look alike, so a name has letters of one of them only. */
const SCRIPTS = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u] as const;

/** @returns whether `text` can be a display name; an empty one is none, and allowed */
export function isDisplayName(text: string): boolean {
  if (text === "") return true;
  if (text.length > 2 * MAX_DISPLAY_NAME_CHARACTERS || [...text].length > MAX_DISPLAY_NAME_CHARACTERS)
    return false;
  if (!VISIBLE.test(text) || BLANK.test(text) || STACKED.test(text)) return false;
  return SCRIPTS.filter((script) => script.test(text)).length <= 1;
}
