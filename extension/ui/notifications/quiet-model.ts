/** Computes when "do not disturb" ends. */
export type QuietSpan = "half-hour" | "two-hours" | "tomorrow" | "always";

/** The latest time value of ECMA-262, milliseconds. */
const NEVER = 8.64e15;
const MINUTE_MS = 60_000;
/** The hour at which "tomorrow" begins. At midnight, people may still be working. */
const MORNING_HOUR = 8;

/** @returns the end, Unix time in milliseconds. "Tomorrow" is at eight in the morning, local time */
export function quietEnd(span: QuietSpan, now: Date): number {
  switch (span) {
    case "half-hour":
      return now.getTime() + 30 * MINUTE_MS;
    case "two-hours":
      return now.getTime() + 120 * MINUTE_MS;
    case "tomorrow":
      return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING_HOUR).getTime();
    case "always":
      return NEVER;
  }
}
