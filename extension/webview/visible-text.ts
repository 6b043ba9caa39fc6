/**
 * Text from a stranger, made honest: characters that hide, reorder or control other text are shown by their
 * code point (see "Trojan Source", CVE-2021-42574) and can therefore mislead nobody.
 */
import { strings } from "./strings.ts";

/**
 * In code every invisible character is suspicious; in prose joiners and marks are part of some scripts and of emoji; where there
 * is nothing to see at all, whatever is there is marked.
 */
export type Place = "prose" | "code" | "blank";

/** Control characters but tab and line feed; bidirectional embeddings, overrides and isolates; deprecated format characters. */
const PROSE = String.raw`\0-\x08\x0B-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u206F\uFFF9-\uFFFB`;
/** Also soft hyphen, fillers, zero-width characters, direction marks, line separators and tag characters. */
const CODE = String.raw`\xAD\u034F\u061C\u115F\u1160\u180E\u200B-\u200F\u2028\u2029\u2060-\u2065\u3164\uFEFF\uFFA0\u{E0000}-\u{E007F}`;
const HIDDEN: Readonly<Record<Place, RegExp>> = {
  prose: new RegExp(`([${PROSE}])\\1*`, "gu"),
  code: new RegExp(`([${PROSE}${CODE}])\\1*`, "gu"),
  blank: /([^ \t\n])\1*/gu,
};
/** More elements than this in one text would make the page slow: then the code points stand in the text itself. */
const MAX_MARKS = 500;

function describeHidden(run: string): string {
  const code = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const count = [...run].length;
  return count === 1 ? `U+${code}` : `U+${code}×${count}`;
}

/** @returns `text` for a place that takes only strings, such as a title or an accessible name. */
export function visible(text: string, place: Place = "code"): string {
  return text.replace(HIDDEN[place], (run) => `[${describeHidden(run)}]`);
}

/** Appends `text` to `parent` as text nodes, with a marked element for each run of a hidden character. */
export function appendText(parent: Node, text: string, place: Place): void {
  const runs = [...text.matchAll(HIDDEN[place])];
  if (runs.length > MAX_MARKS) {
    parent.appendChild(document.createTextNode(visible(text, place)));
    return;
  }
  let end = 0;
  for (const run of runs) {
    if (run.index > end) parent.appendChild(document.createTextNode(text.slice(end, run.index)));
    const mark = document.createElement("span");
    mark.className = "hidden-character";
    mark.title = strings.hiddenCharacter;
    mark.textContent = describeHidden(run[0]);
    parent.appendChild(mark);
    end = run.index + run[0].length;
  }
  if (end < text.length) parent.appendChild(document.createTextNode(text.slice(end)));
}
