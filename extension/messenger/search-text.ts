/** Finding words in a text as people mean them: upper or lower case, with or without accents. */

/**
 * @returns the text without accents, ligatures and width, in upper case ("ß" is "SS"). Folding is done code point by
 * code point: fold(a + b) is fold(a) + fold(b).
 */
export function fold(text: string): string {
  if (/^\p{ASCII}*$/u.test(text)) return text.toUpperCase();
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase();
}

/** @returns the folded words of a search, each once */
export function searchWords(text: string): readonly string[] {
  return [...new Set(fold(text).split(/\s+/))].filter((word) => word !== "");
}

/** @returns whether all words occur in the text. @param words folded, at least one */
export function containsAll(text: string, words: readonly string[]): boolean {
  const folded = fold(text);
  return words.every((word) => folded.includes(word));
}

const BEFORE_CHARACTERS = 30;
const AFTER_CHARACTERS = 110;

/** @returns one line of the text, where the first of the words found stands in it */
export function excerpt(text: string, words: readonly string[]): string {
  const folded = fold(text);
  const places = words.map((word) => folded.indexOf(word)).filter((place) => place >= 0);
  const found = originalIndex(text, places.length === 0 ? 0 : Math.min(...places));
  const start = found <= BEFORE_CHARACTERS ? 0 : startOfWord(text, found - BEFORE_CHARACTERS);
  const end = wholeCharacters(text, found + AFTER_CHARACTERS);
  const line = text.slice(start, end).replace(/\s+/g, " ").trim();
  return `${start > 0 ? "…" : ""}${line}${text.length > end ? "…" : ""}`;
}

/** @returns where in the text the character stands that became `foldedIndex` of the folded one */
function originalIndex(text: string, foldedIndex: number): number {
  let length = 0;
  let index = 0;
  for (const character of text) {
    length += fold(character).length;
    if (length > foldedIndex) return index;
    index += character.length;
  }
  return index;
}

/** Half a word is no way to begin. */
function startOfWord(text: string, from: number): number {
  const space = text.slice(from, from + BEFORE_CHARACTERS).search(/\s/);
  return space >= 0 ? from + space + 1 : wholeCharacters(text, from);
}

/** @returns the place, moved on where it would part the two halves of a character */
function wholeCharacters(text: string, index: number): number {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(index - 1, index + 1)) ? index + 1 : index;
}
