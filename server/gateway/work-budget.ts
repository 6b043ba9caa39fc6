/** A token bucket (in the sense of RFC 2697): how much may be asked for at once, and how fast that comes back. */
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

  /** Takes `cost` if `leaving` is left. @returns 0, or the milliseconds to wait until there is enough; nothing is taken then. */
  take(cost: number, now: number, leaving = 0): number {
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    if (this.#left >= cost + leaving) {
      this.#left -= cost;
      return 0;
    }
    return Math.ceil(((cost + leaving - this.#left) * 1000) / this.#perSecond);
  }

  /** @returns whether everything has come back, so that a stranger's budget need not be remembered. */
  full(now: number): boolean {
    return this.#left + ((now - this.#at) * this.#perSecond) / 1000 >= this.#most;
  }
}
