/** What was read from the database lately, so that a message need not ask it again. Bounded; emptied when writes are undone. */
export class Memory<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #most: number;

  /** @param most entries kept; the oldest makes room */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns what is remembered, else what `read` finds, which is then remembered too. `undefined` is not. */
  get<Found extends Value | undefined>(key: Key, read: () => Found): Value | Found {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const found = read();
    if (found !== undefined) this.set(key, found);
    return found;
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  forget(key: Key): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
