/** Writes a duration in the largest unit that fits. */
import type { Translate } from "./translate.ts";

interface Unit {
  readonly seconds: number;
  readonly text: (count: number, t: Translate) => string;
}

const SECOND: Unit = {
  seconds: 1,
  text: (count, t) => (count === 1 ? t("1 second") : t("{0} seconds", count)),
};

const UNITS: readonly Unit[] = [
  {
    seconds: 7 * 24 * 60 * 60,
    text: (count, t) => (count === 1 ? t("1 week") : t("{0} weeks", count)),
  },
  {
    seconds: 24 * 60 * 60,
    text: (count, t) => (count === 1 ? t("1 day") : t("{0} days", count)),
  },
  {
    seconds: 60 * 60,
    text: (count, t) => (count === 1 ? t("1 hour") : t("{0} hours", count)),
  },
  {
    seconds: 60,
    text: (count, t) => (count === 1 ? t("1 minute") : t("{0} minutes", count)),
  },
];

/** @param seconds above 0. @returns such as "1 day" or "90 minutes" */
export function durationText(seconds: number, t: Translate): string {
  const unit = UNITS.find((unit) => seconds % unit.seconds === 0) ?? SECOND;
  return unit.text(Math.round(seconds / unit.seconds), t);
}
