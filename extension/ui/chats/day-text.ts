/** Parses and formats a day as users type it. */
import type { Translate } from "../translate.ts";

/**
 * Parses a day.
 * @param text a date such as 2026-11-23, or "today" or "yesterday"
 * @param now Unix time, milliseconds
 * @returns the beginning of that day in this time zone, Unix time in milliseconds; undefined for any other text
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
  // Date accepts February 31 and makes it March 3.
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : undefined;
}

/** @returns the day in the form that parseDay reads */
export function dayText(at: number): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
