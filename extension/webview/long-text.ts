/**
 * A text area for texts of any length. Where the browser is to find their direction (`dir="auto"`) or height, it goes through
 * all of the text, many times over at each change: 4 MB of words took 25 times as long as in a plain one.
 */

/** No message is as long: what is in the area is still to be cut down. */
const LONG_CHARACTERS = 128 * 1024;
/** The direction is that of the first letter, and is looked for no further than this. */
const MAX_LOOKED_AT = 1000;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Gives the area the direction of its text, and a height of its own where the text is long. Call when the text has changed. */
export function fitArea(area: HTMLTextAreaElement): void {
  const text = area.value;
  const letter = /\p{L}/u.exec(text.slice(0, MAX_LOOKED_AT))?.[0] ?? "";
  area.dir = RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
  area.toggleAttribute("data-long", text.length > LONG_CHARACTERS);
}
