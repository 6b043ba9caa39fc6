/** Limits for the length of texts. */
import { MAX_PLAINTEXT_BYTES } from "../../protocol/limits.ts";

/** The longest message, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = MAX_PLAINTEXT_BYTES;
/** A draft can be longer than a message, so that the user can shorten a paste that is too large. In UTF-16 code units. */
export const MAX_DRAFT_CHARACTERS = 4 * MAX_PLAINTEXT_BYTES;

const encoder = new TextEncoder();

/** @returns the length of `text` in bytes of UTF-8. Lone surrogates count as U+FFFD */
export function textBytes(text: string): number {
  return encoder.encode(text).length;
}

/** @returns the non-empty texts, joined by line breaks */
export function joinedTexts(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n");
}
