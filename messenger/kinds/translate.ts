/** `vscode.l10n.t`, handed in so that code that only builds sentences can be tested without an editor. */
export type Translate = (message: string, ...args: (string | number | boolean)[]) => string;

/** Returns the sentence as written, with `{0}` filled in, as `vscode.l10n.t` does without a translation. */
export const untranslated: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (place, index: string) => String(args[Number(index)] ?? place));

/** @param sentences English to another language; a sentence that is missing stays English */
export function translatedBy(sentences: Readonly<Record<string, string>>): Translate {
  return (message, ...args) =>
    untranslated(Object.hasOwn(sentences, message) ? (sentences[message] ?? message) : message, ...args);
}
