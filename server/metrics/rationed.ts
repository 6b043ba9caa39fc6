/** A figure that takes long to find, such as a count of all rows, and is asked for from outside. */

/** At most this part of the time goes into finding it. */
const SHARE = 1 / 100;

export class Rationed<T> {
  readonly #find: () => T;
  readonly #clock: () => number;
  #found: { readonly value: T; readonly goodUntil: number } | undefined;

  /** @param clock monotonic milliseconds */
  constructor(find: () => T, clock: () => number = () => performance.now()) {
    this.#find = find;
    this.#clock = clock;
  }

  /** Found just now, or not long ago. */
  get value(): T {
    const began = this.#clock();
    if (this.#found !== undefined && began < this.#found.goodUntil) return this.#found.value;
    const value = this.#find();
    const ended = this.#clock();
    this.#found = { value, goodUntil: ended + (ended - began) / SHARE };
    return value;
  }
}
