/**
 * A cache of values read from the database. Bounded in bytes; emptied when writes are rolled back. Two
 * generations: a value that is used moves into the recent one, and when that is full it replaces the older
 * one, with everything that was not used since. Entries are not evicted one by one in order of age, at which
 * a Map is slow.
 */
interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/** Key, entry and its slot in a Map. */
const ENTRY_BYTES = 150;

export class Memory<Key, Value> {
  readonly #halfBytes: number;
  readonly #bytesOf: (value: Value) => number;
  #recent = new Map<Key, Entry<Value>>();
  #recentBytes = 0;
  #earlier = new Map<Key, Entry<Value>>();
  #earlierBytes = 0;

  /**
   * @param mostBytes kept, including some 150 for each entry.
   * @param bytesOf approximate memory of a value
   */
  constructor(mostBytes: number, bytesOf: (value: Value) => number) {
    this.#halfBytes = mostBytes / 2;
    this.#bytesOf = bytesOf;
  }

  /** Memory in use, as counted; never more than the bound. */
  get bytes(): number {
    return this.#recentBytes + this.#earlierBytes;
  }

  /** Returns the cached value, or reads and caches it. `undefined` is not cached. */
  get<Found extends Value | undefined>(key: Key, read: () => Found): Value | Found {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent.value;
    const found = this.#earlier.get(key)?.value ?? read();
    if (found !== undefined) this.set(key, found);
    return found;
  }

  /** Returns the cached value. */
  peek(key: Key): Value | undefined {
    return (this.#recent.get(key) ?? this.#earlier.get(key))?.value;
  }

  /** Caches a value. One that takes more than half of the bound is not cached. */
  set(key: Key, value: Value): void {
    this.forget(key);
    const bytes = ENTRY_BYTES + this.#bytesOf(value);
    if (bytes > this.#halfBytes) return;
    if (this.#recentBytes + bytes > this.#halfBytes) {
      this.#earlier = this.#recent;
      this.#earlierBytes = this.#recentBytes;
      this.#recent = new Map();
      this.#recentBytes = 0;
    }
    this.#recent.set(key, { value, bytes });
    this.#recentBytes += bytes;
  }

  forget(key: Key): void {
    this.#recentBytes -= take(this.#recent, key);
    this.#earlierBytes -= take(this.#earlier, key);
  }

  clear(): void {
    this.#recent = new Map();
    this.#earlier = new Map();
    this.#recentBytes = 0;
    this.#earlierBytes = 0;
  }
}

/**
 * Removes an entry.
 * @returns the bytes that were freed
 */
function take<Key>(entries: Map<Key, Entry<unknown>>, key: Key): number {
  const bytes = entries.get(key)?.bytes ?? 0;
  entries.delete(key);
  return bytes;
}
