/** All randomness of a run, from one seed. */
export class Random {
  #state: number;

  /**
   * @param seed any integer; only its lowest 32 bits are used
   */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number uniform in [0, 1): Mulberry32, which is for shuffling, not for secrets. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns an integer, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /**
   * Returns a random item.
   * @throws RangeError for an empty list
   */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}
