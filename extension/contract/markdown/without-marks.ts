/** Removes Markdown's marks from a message, for previews outside the chat and for the clipboard. */
import type { Translate } from "../../../messenger/kinds/translate.ts";
import { placeOf, readsAs } from "../link-text.ts";
import { imageText } from "./image-text.ts";
import { plainText } from "./plain-text.ts";

/** @returns the text for a row or a notification: one line for each paragraph, item and row, with the hosts of links */
export function previewText(text: string, t: Translate): string {
  return plainText(text, {
    code: (code) => code.text,
    item: "",
    indentation: "",
    task: (done) => (done ? "☑ " : "☐ "),
    image: (description) => imageText(description, t),
    target: (content, target) => (readsAs(content, target) ? "" : ` (${placeOf(target)})`),
  });
}

/** @returns the text for the clipboard; code is unchanged */
export function textToCopy(text: string, t: Translate): string {
  return plainText(text, {
    code: ({ asWritten }) => asWritten,
    item: "- ",
    indentation: "  ",
    task: (done) => (done ? "[x] " : "[ ] "),
    image: (description) => imageText(description, t),
    target: (content, target) => (readsAs(content, target) ? "" : ` (${target})`),
  });
}
