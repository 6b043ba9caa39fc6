/** A token bucket (in the sense of RFC 2697): how much may be used at once, and how fast it refills. */
export class WorkBudget {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #at: number;

  /** @param now monotonic milliseconds, here and below. */
  constructor(perSecond: number, most: number, now: number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#left = most;
    this.#at = now;
  }

  /**
   * Takes `cost` if `leaving` remains.
   * @returns 0, or the milliseconds to wait until there is enough; nothing is taken then
   */
  take(cost: number, now: number, leaving = 0): number {
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    if (this.#left >= cost + leaving) {
      this.#left -= cost;
      return 0;
    }
    return Math.ceil(((cost + leaving - this.#left) * 1000) / this.#perSecond);
  }

  /** Returns whether the bucket is full, so that a stranger's budget can be forgotten. */
  full(now: number): boolean {
    return this.#left + ((now - this.#at) * this.#perSecond) / 1000 >= this.#most;
  }
}
