/** Prepares untrusted text for places where VS Code interprets markup. */

import { visible } from "../../messenger/text/hidden-characters.ts";
import { isBlank } from "../contract/blank-text.ts";
import type { Translate } from "./translate.ts";

/** The type of `previewText`, which callers get from the engine once it is loaded. */
export type Preview = (text: string, t: Translate) => string;

const ICON = /\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi;
export const MAX_TOAST_CHARACTERS = 140;

/** The most code units that a visible character may take, since it can have any number. */
const MAX_UNITS = 8;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Returns a peer's text as one line, with hiding and reordering characters replaced by their code points, as in the page. Separates
 * "](", since VS Code turns `[label](command:...)` in a notification into a link that runs the command.
 */
export function lineText(foreign: string, maxCharacters: number): string {
  const start = wholeCharacters(foreign, MAX_UNITS * maxCharacters);
  const line = start.replace(/[\s\u0085]+/gu, " ").trim();
  const shown = visible(line, isBlank(line) ? "code" : "prose");
  const short = firstCharacters(shown, maxCharacters);
  const whole = short === shown && start === foreign;
  return `${short}${whole ? "" : "…"}`.replaceAll("](", "] (");
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

/** Cuts text to the length of a notification. */
export function toastText(foreign: string): string {
  return lineText(foreign, MAX_TOAST_CHARACTERS);
}

/** Escapes a peer's text for a row of a list, where VS Code replaces `$(name)` by an icon unless a backslash precedes it. */
export function labelText(foreign: string): string {
  return toastText(foreign).replace(ICON, "\\$&");
}
