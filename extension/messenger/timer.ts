/** The timer of a chat, which both people may set: how they come to the same one (content.proto, Timer). */
import { MAX_TIMER_VERSION } from "../../protocol/e2ee/content.ts";

export interface Timer {
  /** How long messages stay; 0: for good. */
  readonly seconds: number;
  /** 0: nobody ever set one. */
  readonly version: number;
}

export const NO_TIMER: Timer = { seconds: 0, version: 0 };

/** @returns the timer that counts over the one that was known */
export function nextTimer({ version }: Timer, seconds: number): Timer {
  return { seconds, version: Math.min(version + 1, MAX_TIMER_VERSION) };
}

/** @returns the one of two that counts; the same, whoever asks */
export function laterTimer(one: Timer, other: Timer): Timer {
  if (one.version !== other.version) return one.version > other.version ? one : other;
  const stays = ({ seconds }: Timer) => (seconds === 0 ? Number.POSITIVE_INFINITY : seconds);
  return stays(one) <= stays(other) ? one : other;
}
