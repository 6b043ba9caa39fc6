/** Finds emoji by their short names, such as ":tada:". */
import names from "markdown-it-emoji/lib/data/full.mjs";

export interface Emoji {
  readonly name: string;
  readonly emoji: string;
}

/** A name begins only at the start of a word, so that "12:30" and "std::cout" contain none. */
const BEGUN = /(?<=^|[\s(])(:[a-z0-9_+-]{2,40})(:?)$/;
const MOST = 6;
const all: readonly Emoji[] = Object.entries(names).map(([name, emoji]) => ({ name, emoji }));

export interface Begun {
  /** The text from the colon to the cursor. */
  readonly written: string;
  /** Whether the name is complete, with its second colon. */
  readonly whole: boolean;
  readonly choices: readonly Emoji[];
}

/** Finds the emoji name at the cursor. @param before the text up to the cursor @returns the name being typed, if there is one */
export function emojiBegun(before: string): Begun | undefined {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const [written, begun = "", end] = BEGUN.exec(line) ?? [];
  if (written === undefined || isInCode(before, line)) return undefined;
  const name = begun.slice(1);
  const choices = end === ":" ? all.filter((emoji) => emoji.name === name) : begunWith(name);
  return choices.length === 0 ? undefined : { written, whole: end === ":", choices: choices.slice(0, MOST) };
}

/** @returns the emoji whose names begin with `name`, then those that contain it, shortest names first */
function begunWith(name: string): readonly Emoji[] {
  const [first, later] = [
    all.filter((emoji) => emoji.name.startsWith(name)),
    all.filter((emoji) => emoji.name.includes(name) && !emoji.name.startsWith(name)),
  ];
  const byLength = (one: Emoji, other: Emoji) => one.name.length - other.name.length;
  return [...first.sort(byLength), ...later.sort(byLength)];
}

/** Whether the cursor is in code, where names are not replaced. */
function isInCode(before: string, line: string): boolean {
  const fences = before.match(/^[ \t]*(?:```|~~~)/gm)?.length ?? 0;
  return fences % 2 === 1 || (line.match(/`/g)?.length ?? 0) % 2 === 1;
}
