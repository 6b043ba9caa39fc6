/**
 * The timer of a chat, which both people may set: how they come to the same one (content.proto, Timer).
 *
 * Versions are serial numbers (RFC 1982): after the last comes the first again, and of two the later is the one that is
 * fewer steps ahead. So there is no highest that one person could take to keep the other from ever setting a timer again.
 */
import { MAX_TIMER_VERSION } from "../../protocol/e2ee/kinds/timer.ts";

export interface Timer {
  /** How long messages stay; 0: for good. */
  readonly seconds: number;
  /** 0 if nobody ever set a timer. */
  readonly version: number;
}

export const NO_TIMER: Timer = { seconds: 0, version: 0 };

/** More changes of a timer than two people make while one of them hears nothing of the other. */
export const MAX_TIMER_JUMP = 1000;

/** @returns the timer that counts over the one that was known */
export function nextTimer({ version }: Timer, seconds: number): Timer {
  return { seconds, version: version === MAX_TIMER_VERSION ? 1 : version + 1 };
}

/**
 * @param known the one that counts here
 * @returns the one of two that counts, the same on both sides; undefined where `heard` is further from the known one than
 * two people who set timers can get
 */
export function laterTimer(known: Timer, heard: Timer): Timer | undefined {
  if (heard.version === known.version) return shorter(known, heard);
  if (stepsFrom(known, heard) <= MAX_TIMER_JUMP) return heard;
  return stepsFrom(heard, known) <= MAX_TIMER_JUMP ? known : undefined;
}

/** Returns the timer of a chat whose history was deleted: none, with the version of the one before. */
export function forgotten({ version }: Timer): Timer {
  return { seconds: 0, version };
}

function shorter(one: Timer, other: Timer): Timer {
  const stays = ({ seconds }: Timer) => (seconds === 0 ? Number.POSITIVE_INFINITY : seconds);
  return stays(one) <= stays(other) ? one : other;
}

/** Modulo 2^32. */
function stepsFrom(one: Timer, other: Timer): number {
  return (other.version - one.version) >>> 0;
}
