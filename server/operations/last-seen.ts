/**
 * When each member last signed in, and the members online, for the operator's list. Written together every
 * few seconds, some hundred at once: a sign-in that changes nothing else need not wait for the disk, and
 * nobody relies on the entries that a crash loses.
 */
import type { Username } from "../../protocol/names.ts";
import type { Store } from "../store/store.ts";

/** Monotonic milliseconds. */
const WRITE_EVERY_MS = 5_000;
/** Rows written in one piece, some 3 µs each. */
const PEOPLE_AT_ONCE = 250;

export class LastSeen {
  readonly #store: Store;
  /** Not written yet: Unix milliseconds. */
  readonly #seen = new Map<Username, number>();
  readonly #online: () => Iterable<Username>;
  #writtenAt = Number.NEGATIVE_INFINITY;

  /** @param online returns the people who are signed in now */
  constructor(store: Store, online: () => Iterable<Username>) {
    this.#store = store;
    this.#online = online;
  }

  /** @param at Unix milliseconds */
  note(name: Username, at: number): void {
    this.#seen.set(name, at);
  }

  /**
   * Writes the entries that are due.
   * @param now monotonic milliseconds.
   * @throws if the disk fails; the next tick retries
   */
  tick(now: number): void {
    if (now - this.#writtenAt < WRITE_EVERY_MS) return;
    this.#write([...this.#seen].slice(0, PEOPLE_AT_ONCE));
    const noted = this.#store.directory.setOnline(new Set(this.#online()), PEOPLE_AT_ONCE);
    if (this.#seen.size === 0 && noted) this.#writtenAt = now;
  }

  /**
   * Writes the last state when the server stops and nobody is signed in any more.
   * @throws as tick()
   */
  last(): void {
    this.#write([...this.#seen]);
    this.#store.directory.setOnline(new Set(), Number.POSITIVE_INFINITY);
  }

  #write(seen: readonly (readonly [Username, number])[]): void {
    if (seen.length === 0) return;
    this.#store.atomically(() => {
      for (const [name, at] of seen) this.#store.directory.seen(name, at);
    });
    for (const [name] of seen) this.#seen.delete(name);
  }
}
