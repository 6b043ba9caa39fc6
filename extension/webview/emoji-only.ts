/** Messages of nothing but a few emoji, which are shown large. */

const MOST = 3;
const LONGEST = 64;
/** Compiled by the browser: a set of sequences, which the language level of the other files does not know yet. */
const EMOJI = new RegExp(`^\\s*(?:\\p{RGI_Emoji}\\s*){1,${MOST}}$`, "v");

export function isEmojiOnly(text: string): boolean {
  return text.length <= LONGEST && EMOJI.test(text);
}
