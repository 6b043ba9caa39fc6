/** Detects the beginning of a day, for parts that show "Today". */
import { dayOf } from "./dates.ts";

/** The longest delay, in milliseconds, after which a computer that slept past midnight notices the new day. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Calls `work` at each local midnight, or when the page runs or becomes visible again after it. */
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

/** @returns milliseconds until midnight by the calendar, since a day with a clock change does not have 24 hours */
function untilMidnight(now: number): number {
  return new Date(now).setHours(24, 0, 0, 0) - now;
}
