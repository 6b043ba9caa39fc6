/** The avatar of a person: a colour of the theme, the same everywhere, and a letter. */
import { visible } from "../../messenger/text/hidden-characters.ts";

/** The number of colours in message.css. */
const COLOURS = 6;

/** @returns the CSS class of a person's colour, which depends only on the name */
export function personClass(name: string): string {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return `person-${hash % COLOURS}`;
}

export function monogram(name: string): string {
  return visible(name).slice(0, 1).toUpperCase();
}
