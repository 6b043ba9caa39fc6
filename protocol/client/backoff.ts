/**
 * How long to wait before trying again: exponential backoff with full jitter, so that clients do not all
 * reconnect at once after a restart.
 */
import { RECONNECT_FIRST_MS, RECONNECT_LAST_MS } from "../limits.ts";

export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /**
   * Returns the next wait.
   * @param atLeastMs the pause that the server asked for, if any
   * @returns milliseconds: uniform between 0 and a ceiling that doubles with every call since the last
   * reset()
   */
  next(atLeastMs = 0): number {
    const ceiling = Math.min(RECONNECT_LAST_MS, RECONNECT_FIRST_MS * 2 ** this.#failures);
    if (ceiling < RECONNECT_LAST_MS) this.#failures += 1;
    return Math.max(atLeastMs, Math.floor(this.#random() * ceiling));
  }

  reset(): void {
    this.#failures = 0;
  }
}
