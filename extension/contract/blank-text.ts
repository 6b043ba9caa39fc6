/** Text without a visible character: it is not sent, and is marked where a peer sends it. */

/** Blanks, control characters, characters that Unicode lets programs hide, and three characters with an empty glyph. */
const UNSEEN = String.raw`[\s\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800\u{1D159}]`;
const BLANK = new RegExp(`^${UNSEEN}*$`, "u");

/** @returns whether nothing of `text` can be seen. Scans all of it only where that is so */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
