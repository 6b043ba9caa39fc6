/** The limits of a text's length, in bytes of UTF-8. */
import { MAX_PLAINTEXT_BYTES } from "../../protocol/limits.ts";

/** The longest message a person may send. */
export const MAX_TEXT_BYTES = MAX_PLAINTEXT_BYTES;
/** A draft may be longer than a message, so that a paste too large to send can still be cut down. */
export const MAX_DRAFT_CHARACTERS = 4 * MAX_PLAINTEXT_BYTES;

const encoder = new TextEncoder();

/** @returns the length of `text` in bytes of UTF-8, half surrogate pairs counted as U+FFFD. */
export function textBytes(text: string): number {
  return encoder.encode(text).length;
}

/** @returns the texts that are not empty, each on lines of its own */
export function joinedTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n");
}
