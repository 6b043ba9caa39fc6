/** Reads and writes a day as people type it. */
import type { Translate } from "../translate.ts";

/**
 * @param text a day of the calendar, 2026-11-23, or "today" or "yesterday"
 * @param now Unix time, milliseconds
 * @returns when that day began in this time zone, Unix time in milliseconds; undefined for anything else
 */
export function parseDay(text: string, now: number, t: Translate): number | undefined {
  const typed = text.trim().toLowerCase();
  const today = new Date(now);
  today.setHours(0, 0, 0, 0);
  if (typed === t("today").toLowerCase()) return today.getTime();
  if (typed === t("yesterday").toLowerCase()) return today.setDate(today.getDate() - 1);
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const date = new Date(year, month - 1, day);
  // Date would turn the 31st of February into the 3rd of March.
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : undefined;
}

/** @returns the day as parseDay reads it */
export function dayText(at: number): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
