/** Prepares untrusted text for places where VS Code interprets markup. */

import { oneLine } from "../contract/one-line.ts";
import type { Translate } from "./translate.ts";

/** The type of `previewText`, which callers get from the engine once it is loaded. */
export type Preview = (text: string, t: Translate) => string;

const ICON = /\$\([a-z0-9-]+(?:~[a-z]+)?\)/gi;
export const MAX_TOAST_CHARACTERS = 140;

/**
 * Returns a peer's text as one line. Separates "](", since VS Code turns `[label](command:...)` in a notification into a link that runs
 * the command.
 */
export function lineText(foreign: string, maxCharacters: number): string {
  return oneLine(foreign, maxCharacters).replaceAll("](", "] (");
}

/** Returns a peer's text as one line in quotation marks. Other such marks in it are replaced, so that it cannot appear to end. */
export function quotation(foreign: string, maxCharacters: number): string {
  return `“${lineText(foreign, maxCharacters).replace(/[“”„‟]/g, '"')}”`;
}

/** Cuts text to the length of a notification. */
export function toastText(foreign: string): string {
  return lineText(foreign, MAX_TOAST_CHARACTERS);
}

/** Escapes a peer's text for a row of a list, where VS Code replaces `$(name)` by an icon unless a backslash precedes it. */
export function labelText(foreign: string): string {
  return toastText(foreign).replace(ICON, "\\$&");
}
