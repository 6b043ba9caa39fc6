/** Tells when another day has begun, for whatever says "Today". */
import { dayOf } from "./dates.ts";

/** A computer that slept past midnight finds out this soon after it woke, or when somebody looks. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Calls `work` at each local midnight, or as soon as the page runs or is looked at after it. */
export function onNewDay(work: () => void): void {
  let today = dayOf(Date.now());
  const look = () => {
    const day = dayOf(Date.now());
    if (day === today) return;
    today = day;
    work();
  };
  const wait = () => {
    window.setTimeout(
      () => {
        look();
        wait();
      },
      Math.min(untilMidnight(Date.now()), LONGEST_WAIT_MS),
    );
  };
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  wait();
}

/** @returns milliseconds, by the calendar: a day with a clock change has not 24 hours */
function untilMidnight(now: number): number {
  return new Date(now).setHours(24, 0, 0, 0) - now;
}
