/** A language for tests that marks every sentence, so that one that wasn't translated stands out. */
import { type Translate, untranslated } from "./translate.ts";

const [BEGIN, END] = ["⟦", "⟧"];

export const pseudo: Translate = (message, ...args) => untranslated(pseudoText(message), ...args);

/** @param longer the growth of the translation, as a part of the sentence's length. @returns the translation of a sentence */
export function pseudoText(message: string, longer = 0): string {
  const more = Math.ceil(message.length * longer);
  return `${BEGIN}${message}${" ~~~~~~~~".repeat(more).slice(0, more)}${END}`;
}

/** @param values may occur anywhere, as names do. @returns the untranslated parts of `text` */
export function untranslatedParts(text: string, values: readonly string[]): string {
  let depth = 0;
  let outside = "";
  for (const character of text) {
    if (character === BEGIN) depth += 1;
    else if (character === END) depth -= 1;
    else if (depth === 0) outside += character;
  }
  const left = values.reduce(
    (rest, value) => rest.replaceAll(value, ""),
    outside.replace(/\$\([a-z~-]+\)/g, ""),
  );
  return /\p{L}/u.test(left) ? left.trim() : "";
}
