/**
 * How soon one person may ask another to talk again. Each request appears on the other's screen and costs
 * their program work, so the next is allowed a minute later, unless the last was answered, which is the
 * other's own act. People who have talked may send a few at once, and then one a minute as well: their
 * programs agree on new keys automatically after a fault.
 * Kept by name, so that signing in again changes nothing, and in memory, since only the operator can restart
 * the server.
 */
import type { Username } from "../../protocol/names.ts";

/**
 * Entries in each of two maps: some 15 MB in all. Beyond it the oldest are forgotten, which takes twenty
 * people who ask at the highest rate.
 */
const MOST_PAIRS = 50_000;

/** For people who have talked. */
const AT_ONCE = 3;

export class RequestPace {
  readonly #paceMs: number;
  /** When a person may ask another again, monotonic milliseconds (GCRA's theoretical arrival time). */
  #recent = new Map<string, number>();
  /**
   * The previous generation of entries. The map is replaced as a whole, since deleting the oldest entries of
   * a Map one by one is slow.
   */
  #earlier: ReadonlyMap<string, number> = new Map();
  #recentSince = Number.NEGATIVE_INFINITY;

  constructor(paceMs: number) {
    this.#paceMs = paceMs;
  }

  /** Number of pairs remembered; a pair may be counted twice. */
  get size(): number {
    return this.#recent.size + this.#earlier.size;
  }

  /**
   * Returns how long `by` has to wait.
   * @param now monotonic milliseconds
   * @param acquainted whether the two have talked
   * @returns 0, or the milliseconds after which `by` may ask `to`
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

  /** Lets `by` ask again at once, after `to` has accepted or refused the request. */
  answered(by: Username, to: Username): void {
    const key = pair(by, to);
    if (!this.#earlier.has(key)) this.#recent.delete(key);
    else if (this.#recent.size < MOST_PAIRS) this.#recent.set(key, Number.NEGATIVE_INFINITY);
  }
}

/** Names contain no space, so the key is unambiguous. */
function pair(by: Username, to: Username): string {
  return `${by} ${to}`;
}
