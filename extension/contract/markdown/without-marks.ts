/** A message's text without Markdown's marks, read as the chat reads it: for lines outside the chat, and for pasting elsewhere. */
import type { Translate } from "../../../messenger/kinds/translate.ts";
import { placeOf, readsAs } from "../link-text.ts";
import { imageText } from "./image-text.ts";
import { plainText } from "./plain-text.ts";

/** @returns the text that a row or a notification shows: a line for each paragraph, item and row, and where its links lead */
export function previewText(text: string, t: Translate): string {
  return plainText(text, {
    code: (code) => code.text,
    item: "",
    task: (done) => (done ? "☑ " : "☐ "),
    image: (description) => imageText(description, t),
    target: (content, target) => (readsAs(content, target) ? "" : ` (${placeOf(target)})`),
  });
}

/** @returns the text for pasting elsewhere, its code byte for byte */
export function textToCopy(text: string, t: Translate): string {
  return plainText(text, {
    code: ({ asWritten }) => asWritten,
    item: "- ",
    task: (done) => (done ? "[x] " : "[ ] "),
    image: (description) => imageText(description, t),
    target: (content, target) => (readsAs(content, target) ? "" : ` (${target})`),
  });
}
