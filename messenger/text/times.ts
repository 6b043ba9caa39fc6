/**
 * Formats days, times and numbers for the panel, the lists, the notifications and the terminal, in one language and in the local time
 * zone. All times are Unix milliseconds.
 */

function formats(language: string | undefined) {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options);
  return {
    time: format({ timeStyle: "short" }),
    date: format({ dateStyle: "medium" }),
    dateAndTime: format({ dateStyle: "medium", timeStyle: "short" }),
    full: format({ dateStyle: "full", timeStyle: "medium" }),
    weekday: format({ weekday: "short" }),
    dayOfYear: format({ day: "numeric", month: "short" }),
    day: format({ weekday: "long", day: "numeric", month: "long" }),
    dayAndYear: format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    number: new Intl.NumberFormat(language),
    percent: new Intl.NumberFormat(language, { style: "percent" }),
  };
}

let current = formats(undefined);

/** Sets the language. Called once, at the start. @param language the language of the editor or the terminal, such as "de" or "zh-cn" */
export function useLanguage(language: string): void {
  current = formats(language === "" ? undefined : language);
}

/** @returns the system's locale if it is English, such as "en-GB"; else "en". For clients without translations */
export function englishLocale(): string {
  const { locale } = Intl.DateTimeFormat().resolvedOptions();
  return locale.startsWith("en") ? locale : "en";
}

/** @returns a time such as "7:12 PM" */
export function timeText(at: number): string {
  return current.time.format(at);
}

/** @returns a date such as "Dec 7, 2026" */
export function dateText(at: number): string {
  return current.date.format(at);
}

/** @returns date and time, such as "Dec 7, 2026, 7:12 PM" */
export function dateAndTimeText(at: number): string {
  return current.dateAndTime.format(at);
}

/** @returns the full date and time, such as "Monday, December 7, 2026 at 7:12:00 PM" */
export function fullText(at: number): string {
  return current.full.format(at);
}

/** @returns a number such as "1.5" or "12,000" */
export function numberText(value: number): string {
  return current.number.format(value);
}

/** @returns a share of 1, rounded down, such as "40%" */
export function percentText(share: number): string {
  return current.percent.format(Math.floor(100 * share) / 100);
}

/** @returns the shortest form that is clear at `now`: the time today, the weekday within the last six days, else the date */
export function briefText(at: number, now: number): string {
  if (isSameDay(at, now)) return timeText(at);
  const days = calendarDaysBetween(at, now);
  if (days > 0 && days < 7) return current.weekday.format(at);
  return sameYear(at, now) ? current.dayOfYear.format(at) : dateText(at);
}

/** @returns the day with its weekday, and with the year unless it is that of `now`; one of `words` for today and yesterday */
export function dayText(
  at: number,
  now: number,
  words: { readonly today: string; readonly yesterday: string },
): string {
  const days = calendarDaysBetween(at, now);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  return (sameYear(at, now) ? current.day : current.dayAndYear).format(at);
}

/** @returns a value that is equal for all times of one local calendar day */
export function dayOf(at: number): string {
  return new Date(at).toDateString();
}

function isSameDay(one: number, other: number): boolean {
  return dayOf(one) === dayOf(other);
}

function sameYear(one: number, other: number): boolean {
  return new Date(one).getFullYear() === new Date(other).getFullYear();
}

/** Counts calendar days, since a day with a clock change does not have 24 hours. @returns a negative number for a future day */
function calendarDaysBetween(at: number, now: number): number {
  const number = (time: number) => {
    const date = new Date(time);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return (number(now) - number(at)) / 86_400_000;
}
