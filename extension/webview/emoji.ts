/** Finds emoji by their short names, such as ":tada:". */

import names from "markdown-it-emoji/lib/data/full.mjs";
import { isEmoji } from "../../messenger/kinds/mark.ts";

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

/** One entry for each emoji, under its first name. Made when the picker is first opened. */
let pickable: ReadonlyMap<string, Emoji> | undefined;

function allPickable(): ReadonlyMap<string, Emoji> {
  pickable ??= new Map(
    [...all].reverse().flatMap((choice) => (isEmoji(choice.emoji) ? [[choice.emoji, choice] as const] : [])),
  );
  return pickable;
}

/** Offered to someone who has not reacted yet. */
const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅", "🙏", "🚀"];

/**
 * Finds the emoji for a reaction.
 * @param query a part of a name, with or without colons, or an emoji; "" for all
 * @param first the emoji to put first when nothing is searched
 */
export function choicesFor(query: string, first: readonly string[]): readonly Emoji[] {
  const known = allPickable();
  const written = query.trim();
  if (isEmoji(written)) return [known.get(written) ?? { name: written, emoji: written }];
  const name = written.toLowerCase().replaceAll(":", "").replaceAll(/\s+/g, "_");
  if (name !== "") {
    const found = begunWith(name).flatMap(({ emoji }) => known.get(emoji) ?? []);
    return [...new Set(found)];
  }
  const ahead = [...new Set([...first, ...USUAL])].map((emoji) => known.get(emoji) ?? { name: emoji, emoji });
  const emoji = new Set(ahead.map((choice) => choice.emoji));
  return [
    ...ahead,
    ...all.filter((choice) => known.get(choice.emoji) === choice && !emoji.has(choice.emoji)),
  ];
}
