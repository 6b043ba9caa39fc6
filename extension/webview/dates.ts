/** Formats days for the page. Times are Unix milliseconds. */
import { dayText } from "../../messenger/text/times.ts";
import { strings } from "./strings.ts";

export { dayOf, fullText as fullDate, timeText as timeOfDay } from "../../messenger/text/times.ts";

/** @returns "Today", "Yesterday" or the date, with the year unless it is the present one */
export function dayLabel(at: number, now: number): string {
  return dayText(at, now, strings);
}
