/** Makes foreign text fit for places of the editor that read markup in it. */

import { visible } from "../../messenger/text/hidden-characters.ts";
import { isBlank } from "../contract/blank-text.ts";
import type { Translate } from "./translate.ts";

/** Reads a message without Markdown's marks: `previewText` of the engine, which is loaded by then. */
export type Preview = (text: string, t: Translate) => string;

const ICON = /\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi;
export const MAX_TOAST_CHARACTERS = 140;

/** A character as people see it may have any number of code units. */
const MAX_UNITS = 8;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Returns a peer's text as one line, with hiding and reordering characters shown by their code points, as on the page. The editor turns
 * `[label](command:...)` in a notification into a link that runs the command, so the two brackets are kept apart.
 */
export function lineText(foreign: string, maxCharacters: number): string {
  const start = wholeCharacters(foreign, MAX_UNITS * maxCharacters);
  const line = start.replace(/[\s\u0085]+/gu, " ").trim();
  const shown = visible(line, isBlank(line) ? "code" : "prose");
  const short = firstCharacters(shown, maxCharacters);
  const whole = short === shown && start === foreign;
  return `${short}${whole ? "" : "…"}`.replaceAll("](", "] (");
}

/** @returns the longest start of the text that fits into that many UTF-16 units without cutting an emoji of several parts */
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

/** Cuts text to the length that a notification shows. */
export function toastText(foreign: string): string {
  return lineText(foreign, MAX_TOAST_CHARACTERS);
}

/** Escapes a peer's text for a row of a list, where the editor takes `$(name)` for an icon unless a backslash is before it. */
export function labelText(foreign: string): string {
  return toastText(foreign).replace(ICON, "\\$&");
}
