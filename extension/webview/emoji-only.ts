/** Detects messages of only a few emoji, which are shown large. */

const MOST = 3;
const LONGEST = 64;
/** A constructor call, since the compile target of this folder does not allow literals with the flag "v". */
const EMOJI = new RegExp(`^\\s*(?:\\p{RGI_Emoji}\\s*){1,${MOST}}$`, "v");

export function isEmojiOnly(text: string): boolean {
  return text.length <= LONGEST && EMOJI.test(text);
}
