/** Work on one chat happens one piece after the other: an MLS state is read, advanced and stored before the next piece reads it. */
export class Lanes<Key extends string> {
  readonly #tails = new Map<Key, Promise<void>>();

  /** Runs `work` once all earlier work under `key` is done. @returns the result of `work`; the lane continues even if it throws */
  run<Result>(key: Key, work: () => Promise<Result> | Result): Promise<Result> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(work);
    const tail = result.then(ignore, ignore).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return result;
  }

  /** Resolves once everything that is in the lanes now, and everything it adds, is done. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}

function ignore(): void {}
