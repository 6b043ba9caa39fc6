/** Detects text without a visible character. Parley does not send such text, and marks it when it is received. */

/**
 * Spaces, control characters, characters that Unicode lets programs hide, and characters with an empty glyph. Wider than
 * messenger/text/hidden-characters.ts, since a text of only joiners is blank too.
 */
const UNSEEN = String.raw`[\s\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800\u{1D159}]`;
const BLANK = new RegExp(`^${UNSEEN}*$`, "u");

/** @returns whether `text` has no visible character. Stops at the first visible one */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
