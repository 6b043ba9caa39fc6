/** Guesses which command a mistyped name means. */

/** Returns the nearest name that differs by at most two edits; undefined if there is none. */
export function nearMiss(typed: string, names: readonly string[]): string | undefined {
  const near = names.map((name) => ({ name, slips: slips(typed, name) }));
  near.sort((one, other) => one.slips - other.slips);
  const [best] = near;
  return best !== undefined && best.slips <= 2 && best.slips < best.name.length / 2 ? best.name : undefined;
}

/**
 * Returns the Levenshtein distance: a letter added, missing, or wrong counts one; two swapped letters count
 * two.
 */
function slips(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, wanted] of [...other].entries()) {
      const [swap, more, less] = [row[j] ?? 0, row[j + 1] ?? 0, next[j] ?? 0];
      next.push(Math.min(swap + (letter === wanted ? 0 : 1), more + 1, less + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
