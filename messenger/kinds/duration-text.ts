/** How long something takes or stays, in the largest unit that fits. */

const UNITS = [
  ["week", 7 * 24 * 60 * 60],
  ["day", 24 * 60 * 60],
  ["hour", 60 * 60],
  ["minute", 60],
  ["second", 1],
] as const;

/** @param seconds above 0. @returns such as "1 day" or "90 minutes" */
export function durationText(seconds: number): string {
  const [unit, length] = UNITS.find(([, length]) => seconds % length === 0) ?? ["second", 1];
  const count = Math.round(seconds / length);
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
