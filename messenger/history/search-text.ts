/** Finds words in a text, ignoring case and accents. */

/** Combining marks that people omit in Latin, Greek, Cyrillic, Hebrew and Arabic. In other scripts, marks distinguish words. */
const ACCENTS = new RegExp(
  [
    String.raw`\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f`,
    String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`,
    String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed`,
  ]
    .map((marks) => `[${marks}]`)
    .join("|"),
  "gu",
);
/**
 * Characters without width: soft hyphens, joiners, direction marks. All of them, unlike text/hidden-characters.ts, since users do not type
 * those that messages may contain.
 */
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;

/** Letters without a Unicode decomposition, and typographic characters, each with the plain ones that people type. */
const PLAIN = new Map<string, string>();
for (const [plain, others] of [
  ["A", "Ⱥ"],
  ["B", "Ƀ"],
  ["C", "Ȼ"],
  ["D", "ĐÐ"],
  ["E", "Ɇ"],
  ["G", "Ǥ"],
  ["H", "Ħ"],
  ["I", "Ɨ"],
  ["J", "Ɉ"],
  ["L", "ŁȽ"],
  ["N", "Ŋ"],
  ["O", "ØƟ"],
  ["R", "Ɍ"],
  ["T", "ŦȾ"],
  ["U", "Ʉ"],
  ["Y", "Ɏ"],
  ["Z", "Ƶ"],
  ["AE", "Æ"],
  ["OE", "Œ"],
  ["TH", "Þ"],
  ["SS", "ẞ"],
  ["'", "‘’‚‛′ʼʹ´"],
  ['"', "“”„‟″«»"],
  ["-", "‐‑‒–—―−"],
  ["/", "⁄∕"],
] as const)
  for (const other of others) PLAIN.set(other, plain);
const TO_PLAIN = new RegExp(`[${[...PLAIN.keys()].join("")}]`, "gu");

/**
 * @returns the text in upper case ("ß" is "SS"), without accents, ligatures, width variants and invisible characters, and with plain quotes
 * and dashes. Folds each code point separately, so that fold(a + b) contains all that fold(a) and fold(b) contain
 */
export function fold(text: string): string {
  if (/^\p{ASCII}*$/u.test(text)) return text.toUpperCase();
  const letters = plain(text).replace(UNSEEN, "").normalize("NFKD").replace(ACCENTS, "").replace(UNSEEN, "");
  return plain(letters.toUpperCase());
}

function plain(text: string): string {
  return text.replace(TO_PLAIN, (other) => PLAIN.get(other) ?? other);
}

/** @returns the folded words of a query, without duplicates */
export function searchWords(text: string): readonly string[] {
  return [...new Set(fold(text).split(/\s+/))].filter((word) => word !== "");
}

/** @returns whether all words occur in the text. @param words folded, not empty */
export function containsAll(text: string, words: readonly string[]): boolean {
  const folded = fold(text);
  return words.every((word) => folded.includes(word));
}

const BEFORE_CHARACTERS = 30;
const AFTER_CHARACTERS = 110;

/** @returns the part of the text around the first match, with its line breaks, which Markdown needs */
export function excerpt(text: string, words: readonly string[]): string {
  const folded = fold(text);
  const places = words.map((word) => folded.indexOf(word)).filter((place) => place >= 0);
  const found = originalIndex(text, places.length === 0 ? 0 : Math.min(...places));
  const start = found <= BEFORE_CHARACTERS ? 0 : startOfWord(text, found - BEFORE_CHARACTERS);
  const end = wholeCharacters(text, found + AFTER_CHARACTERS);
  return `${start > 0 ? "…" : ""}${text.slice(start, end).trim()}${text.length > end ? "…" : ""}`;
}

/** @returns the index in `text` of the character that is at `foldedIndex` in the folded text */
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

/** Moves an index to the beginning of the next word, if there is one nearby. */
function startOfWord(text: string, from: number): number {
  const space = text.slice(from, from + BEFORE_CHARACTERS).search(/\s/);
  return space >= 0 ? from + space + 1 : wholeCharacters(text, from);
}

/** @returns the index, moved forward if it would split a surrogate pair */
function wholeCharacters(text: string, index: number): number {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(index - 1, index + 1)) ? index + 1 : index;
}
