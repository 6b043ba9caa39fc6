/** Units of time, and durations as people write them on a command line: `90s`, `30m`, `12h`, `7d`. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: HOUR_MS, d: DAY_MS };

/**
 * Parses a duration.
 * @returns milliseconds, at least 1 s and at most ten years; undefined for anything else
 */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  return ms >= 1000 && ms <= 3650 * DAY_MS ? ms : undefined;
}
