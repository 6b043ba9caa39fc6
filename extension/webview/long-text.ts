/**
 * A text area for texts of any length. Where the browser has to determine their direction (`dir="auto"`) or height, it scans
 * all of the text, many times over at each change: 4 MB of words took 25 times as long as in a plain one.
 */

/** No message is that long: the text is still to be shortened. */
const LONG_CHARACTERS = 128 * 1024;
/** Characters that are searched for the first letter, which determines the direction. */
const MAX_LOOKED_AT = 1000;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Sets the area's direction, and its height where the text is long. Call after each change of the text. */
export function fitArea(area: HTMLTextAreaElement): void {
  const text = area.value;
  const letter = /\p{L}/u.exec(text.slice(0, MAX_LOOKED_AT))?.[0] ?? "";
  area.dir = RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
  area.toggleAttribute("data-long", text.length > LONG_CHARACTERS);
}
