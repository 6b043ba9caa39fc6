/** Recognizes a single emoji. */

/** The longest sequence of Unicode 17 has 35 bytes (two people, each with a skin tone, and a heart); later ones may have more. */
const MAX_EMOJI_BYTES = 64;

/** RGI: recommended for general interchange (UTS #51). */
const RECOMMENDED = /^\p{RGI_Emoji}$/v;
/** The form of emoji newer than this program's Unicode version: pictographs with joiners and modifiers. */
const POSSIBLE =
  /^\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\u{FE0F}|\u{200D}\p{Extended_Pictographic})*$/u;
/** Matches a character that is displayed as a picture: by default, by a selector, or because it is not assigned yet. */
const PICTURE = /\p{Emoji_Presentation}|\u{FE0F}|\p{Cn}/u;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const bytes = new TextEncoder();

/** @returns whether `text` is exactly one emoji, of this Unicode version or a later one */
export function isEmoji(text: string): boolean {
  // The bound is checked first, since foreign text may be long.
  if (text.length > MAX_EMOJI_BYTES || bytes.encode(text).length > MAX_EMOJI_BYTES) return false;
  if (RECOMMENDED.test(text)) return true;
  return POSSIBLE.test(text) && PICTURE.test(text) && [...graphemes.segment(text)].length === 1;
}
