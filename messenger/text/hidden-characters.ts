/**
 * Characters that hide, reorder or control other text ("Trojan Source", CVE-2021-42574). In untrusted text, their code points are shown
 * instead. Texts for reading may contain most other invisible characters, so places with another purpose have their own sets:
 *
 * - extension/contract/blank-text.ts: invisible characters and spaces, to detect text without anything to see;
 * - extension/contract/link-text.ts: all ignorable characters, to compare a link's text with its address;
 * - messenger/files/file-name.ts: removed from names, so wider, and joiners stay only where scripts need them;
 * - messenger/history/search-text.ts: all ignorable characters, ignored by a search;
 * - terminal/shown-text.ts: everything that can act on a terminal or has no glyph.
 */

/** In code, every invisible character is suspicious. In prose, some scripts and emoji need joiners and marks. */
export type TextKind = "prose" | "code";

/** Control characters except tab and line feed; bidirectional embeddings, overrides and isolates; deprecated format characters. */
const PROSE = String.raw`\0-\x08\x0B-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u206F\uFFF9-\uFFFB`;
/** In addition: soft hyphen, fillers, zero-width characters, direction marks, line separators and tag characters. */
const CODE = String.raw`\xAD\u034F\u061C\u115F\u1160\u180E\u200B-\u200F\u2028\u2029\u2060-\u2065\u3164\uFEFF\uFFA0\u{E0000}-\u{E007F}`;

/** Expressions that match runs of one such character. */
export const HIDDEN: Readonly<Record<TextKind, RegExp>> = {
  prose: new RegExp(`([${PROSE}])\\1*`, "gu"),
  code: new RegExp(`([${PROSE}${CODE}])\\1*`, "gu"),
};

/** @returns the text for a run of one character, such as "U+202E" or "U+200B×3" */
export function codePointText(run: string): string {
  const code = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const count = [...run].length;
  return count === 1 ? `U+${code}` : `U+${code}×${count}`;
}

/** @returns `text` with hidden characters replaced, for places that take only strings: titles, notifications, accessible names */
export function visible(text: string, kind: TextKind = "code"): string {
  return text.replace(HIDDEN[kind], (run) => `[${codePointText(run)}]`);
}
