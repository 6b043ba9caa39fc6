/** Computes when "do not disturb" ends. */
export type QuietSpan = "half-hour" | "two-hours" | "tomorrow" | "always";

/** The last moment there is (ECMA-262, time values). */
const NEVER = 8.64e15;
const MINUTE_MS = 60_000;
/** The hour at which "tomorrow" begins: people who work past midnight do not mean the next minute. */
const MORNING_HOUR = 8;

/** @returns Unix time, milliseconds. Tomorrow begins at eight in the morning by this computer's clock. */
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
