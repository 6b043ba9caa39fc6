/**
 * The timer of a chat: how long the messages of both people are kept from now on. content.proto defines which
 * of two crossing timers wins.
 */
import { UsageError } from "../../errors.ts";
import { MAX_EXPIRY_SECONDS } from "../../limits.ts";
import { badContent, type Codec, ownExpiry } from "./codec.ts";

/** The highest that the format can carry. */
export const MAX_TIMER_VERSION = 2 ** 32 - 1;

export interface Timer {
  readonly kind: "timer";
  /** At most MAX_EXPIRY_SECONDS; 0: messages are kept without limit. */
  readonly seconds: number;
  /** 1 to MAX_TIMER_VERSION. */
  readonly version: number;
}

export const timer: Codec<Timer> = {
  fallback: () => "",
  encode: ({ seconds, version }) => {
    if (!Number.isInteger(version) || version < 1 || version > MAX_TIMER_VERSION)
      throw new UsageError("bad-argument", "A timer has a version from 1 to MAX_TIMER_VERSION");
    return { case: "timer", value: { seconds: ownExpiry(seconds), version } };
  },
  decode: (body) => {
    if (body.case !== "timer") throw badContent("a timer without its body");
    const { seconds, version } = body.value;
    if (seconds > MAX_EXPIRY_SECONDS || version === 0) throw badContent("a timer out of range");
    return { kind: "timer", seconds, version };
  },
};
