/** The page's words for days. Times are Unix milliseconds. */
import { dayText } from "../../messenger/text/times.ts";
import { strings } from "./strings.ts";

export { dayOf, fullText as fullDate, timeText as timeOfDay } from "../../messenger/text/times.ts";

/** @returns "Today", "Yesterday" or the date, with the year where it is not this one */
export function dayLabel(at: number, now: number): string {
  return dayText(at, now, strings);
}
