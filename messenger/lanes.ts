/** Runs the work on each chat in sequence, so that an MLS state is read, advanced and stored before other work reads it. */
export class Lanes<Key extends string> {
  readonly #tails = new Map<Key, Promise<void>>();

  /** Runs `work` after all earlier work with the same key. @returns its result. An error rejects only this call */
  run<Result>(key: Key, work: () => Promise<Result> | Result): Promise<Result> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(work);
    const tail = result.then(ignore, ignore).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return result;
  }

  /** Resolves once all lanes are empty, including work that other work has added. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}

function ignore(): void {}
