/**
 * Makes a text area fast for long texts. To find direction (`dir="auto"`) or height, a browser scans the whole text many times at each
 * change: 4 MB of words took 25 times as long as without.
 */

/** More characters than any message has: the user still has to shorten such a text. */
const LONG_CHARACTERS = 128 * 1024;
/** The most characters to search for the first letter, which determines the direction. */
const MAX_LOOKED_AT = 1000;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Sets the area's direction and, for long texts, its height. Call it after each change of the text. */
export function fitArea(area: HTMLTextAreaElement): void {
  const text = area.value;
  const letter = /\p{L}/u.exec(text.slice(0, MAX_LOOKED_AT))?.[0] ?? "";
  area.dir = RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
  area.toggleAttribute("data-long", text.length > LONG_CHARACTERS);
}
