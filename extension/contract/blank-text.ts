/** Text of which nothing can be seen: it is not sent, and marked where somebody sends it all the same. */

/** Blanks, control characters, characters that Unicode lets programs hide, and three characters whose picture is empty. */
const UNSEEN = String.raw`[\s\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800\u{1D159}]`;
const BLANK = new RegExp(`^${UNSEEN}*$`, "u");

/** @returns whether nothing of `text` can be seen. Takes time in its length only where that is so */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
