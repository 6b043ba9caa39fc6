/** Times as people read them, in their own language and time zone. Times are Unix milliseconds. */
import { strings } from "./strings.ts";

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYearFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

export function timeOfDay(at: number): string {
  return timeFormat.format(at);
}

export function fullDate(at: number): string {
  return fullFormat.format(at);
}

/** @returns a value that is the same for all times of one local calendar day. */
export function dayOf(at: number): string {
  return new Date(at).toDateString();
}

/** @returns "Today", "Yesterday" or the date, with the year where it is not this one. */
export function dayLabel(at: number, now: number): string {
  const day = dayOf(at);
  if (day === dayOf(now)) return strings.today;
  const before = new Date(now);
  // By the calendar, since a day with a clock change has not 24 hours.
  before.setDate(before.getDate() - 1);
  if (day === before.toDateString()) return strings.yesterday;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayFormat : dayAndYearFormat).format(at);
}
