/** Tells the parts that show "Today" when another day has begun. */
import { dayOf } from "./dates.ts";

/** Milliseconds within which a computer that slept past midnight notices after waking, unless the page is looked at sooner. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Calls `work` at each local midnight, or as soon as the page runs or becomes visible after it. */
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

/** @returns milliseconds, by the calendar: a day with a clock change does not have 24 hours */
function untilMidnight(now: number): number {
  return new Date(now).setHours(24, 0, 0, 0) - now;
}
