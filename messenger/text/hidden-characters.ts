/**
 * Characters that hide, reorder or control other text (see "Trojan Source", CVE-2021-42574). A stranger's text is shown with
 * their code points in their place, so that they mislead nobody.
 */

/** In code every invisible character is suspicious; in prose joiners and marks are part of some scripts and of emoji. */
export type TextKind = "prose" | "code";

/** Control characters but tab and line feed; bidirectional embeddings, overrides and isolates; deprecated format characters. */
const PROSE = String.raw`\0-\x08\x0B-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u206F\uFFF9-\uFFFB`;
/** Also soft hyphen, fillers, zero-width characters, direction marks, line separators and tag characters. */
const CODE = String.raw`\xAD\u034F\u061C\u115F\u1160\u180E\u200B-\u200F\u2028\u2029\u2060-\u2065\u3164\uFEFF\uFFA0\u{E0000}-\u{E007F}`;

/** Each match is a run of one such character. */
export const HIDDEN: Readonly<Record<TextKind, RegExp>> = {
  prose: new RegExp(`([${PROSE}])\\1*`, "gu"),
  code: new RegExp(`([${PROSE}${CODE}])\\1*`, "gu"),
};

/** @returns the name of a run of one character, as in "U+202E" and "U+200B×3" */
export function codePointText(run: string): string {
  const code = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const count = [...run].length;
  return count === 1 ? `U+${code}` : `U+${code}×${count}`;
}

/** @returns `text` for a place that takes only strings, such as a title, a notification or an accessible name. */
export function visible(text: string, kind: TextKind = "code"): string {
  return text.replace(HIDDEN[kind], (run) => `[${codePointText(run)}]`);
}
