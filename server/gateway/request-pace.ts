/**
 * How soon one person may ask another to talk again. Each request opens something on another's screen and costs their program work,
 * so the next comes a minute later, unless the last was answered: that is the other's own act. People who have talked may ask a few
 * times at once, and then once a minute as well: their programs agree on new keys by themselves after a fault.
 *
 * Kept by name, so that a new sign-in changes nothing, and in memory: nobody but the operator can have a server started anew.
 */
import type { Username } from "../../protocol/names.ts";

/** In each of two maps: some 15 MB in all. Beyond it the oldest are forgotten: it takes twenty people who ask as fast as they may. */
const MOST_PAIRS = 50_000;

/** Of people who have talked. */
const AT_ONCE = 3;

export class RequestPace {
  readonly #paceMs: number;
  /** When a person may ask another again, monotonic milliseconds (GCRA's theoretical arrival time). */
  #recent = new Map<string, number>();
  /** Of the time before: made by replacing, since a Map whose oldest entries are deleted one by one gets slow. */
  #earlier: ReadonlyMap<string, number> = new Map();
  #recentSince = Number.NEGATIVE_INFINITY;

  constructor(paceMs: number) {
    this.#paceMs = paceMs;
  }

  /** Pairs that are remembered, those asked more than once counted twice at most. */
  get size(): number {
    return this.#recent.size + this.#earlier.size;
  }

  /**
   * @param now monotonic milliseconds
   * @param acquainted whether the two have talked
   * @returns 0, or after how many milliseconds `by` may ask `to`
   */
  waitMs(by: Username, to: Username, now: number, acquainted: boolean): number {
    const ahead = acquainted ? (AT_ONCE - 1) * this.#paceMs : 0;
    return Math.max(0, Math.ceil(this.#usedUntil(by, to) - ahead - now));
  }

  asked(by: Username, to: Username, now: number): void {
    const until = Math.max(this.#usedUntil(by, to), now) + this.#paceMs;
    if (now - this.#recentSince >= AT_ONCE * this.#paceMs || this.#recent.size >= MOST_PAIRS) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
      this.#recentSince = now;
    }
    this.#recent.set(pair(by, to), until);
  }

  #usedUntil(by: Username, to: Username): number {
    const key = pair(by, to);
    return this.#recent.get(key) ?? this.#earlier.get(key) ?? Number.NEGATIVE_INFINITY;
  }

  /** `to` has accepted or refused the request of `by`. */
  answered(by: Username, to: Username): void {
    const key = pair(by, to);
    if (!this.#earlier.has(key)) this.#recent.delete(key);
    else if (this.#recent.size < MOST_PAIRS) this.#recent.set(key, Number.NEGATIVE_INFINITY);
  }
}

/** A name has no blank. */
function pair(by: Username, to: Username): string {
  return `${by} ${to}`;
}
