/** Which command somebody meant who mistyped its name. */

/** @returns the name that is at most two slips away, the nearest; undefined where none is */
export function nearMiss(typed: string, names: readonly string[]): string | undefined {
  const near = names.map((name) => ({ name, slips: slips(typed, name) }));
  near.sort((one, other) => one.slips - other.slips);
  const [best] = near;
  return best !== undefined && best.slips <= 2 && best.slips < best.name.length / 2 ? best.name : undefined;
}

/** Damerau-Levenshtein distance, optimal string alignment: a letter more, less, wrong, or two swapped. */
function slips(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      const before = rows[i - 1] ?? [];
      let least = Math.min((before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (before[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        least = Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[one.length]?.[other.length] ?? 0;
}
