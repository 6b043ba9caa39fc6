/** Shortens untrusted text to one line, for quotes, rows, notifications and accessible names. */
import { visible } from "../../messenger/text/hidden-characters.ts";
import { isBlank } from "./blank-text.ts";

/** The most code units that a visible character may take, since it can have any number. */
const MAX_UNITS = 8;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Returns `text` as one line of at most `maxCharacters` visible characters, with hiding and reordering characters replaced by their code
 * points, as in the page. A line that was cut ends in "…".
 */
export function oneLine(text: string, maxCharacters: number): string {
  const start = wholeCharacters(text, MAX_UNITS * maxCharacters);
  const line = start.replace(/[\s\u0085]+/gu, " ").trim();
  const shown = visible(line, isBlank(line) ? "code" : "prose");
  const short = firstCharacters(shown, maxCharacters);
  return short === shown && start === text ? short : `${short}…`;
}

/** @returns the longest prefix of at most `units` UTF-16 code units that does not split a visible character */
function wholeCharacters(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = characters.segment(text.slice(0, units)).containing(units - 1);
  return text.slice(0, last === undefined || last.index === 0 ? units : last.index);
}

function firstCharacters(text: string, count: number): string {
  let seen = 0;
  for (const { index } of characters.segment(text)) if (seen++ === count) return text.slice(0, index);
  return text;
}
