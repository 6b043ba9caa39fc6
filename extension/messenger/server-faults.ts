/** How long what the server could not take, by a fault of its own, waits until it goes again. */

const FIRST_PAUSE_MS = 2_000;
/** Its disk may be full for hours. */
const LONGEST_PAUSE_MS = 30_000;
/** By then it is not the disk, and what is behind it has waited long enough. */
const WHILE_MS = 24 * 60 * 60_000;

interface Fault {
  /** performance.now() */
  readonly since: number;
  readonly times: number;
}

export class ServerFaults {
  readonly #faults = new Map<number, Fault>();

  /**
   * Once more.
   * @param position of an outbox entry
   * @param now performance.now()
   * @returns the pause, milliseconds, each twice as long as the one before; undefined: it has been tried for long enough
   */
  pauseAfter(position: number, now: number): number | undefined {
    const { since, times } = this.#faults.get(position) ?? { since: now, times: 0 };
    if (now - since > WHILE_MS) return undefined;
    this.#faults.set(position, { since, times: times + 1 });
    return Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS);
  }

  /** The server has answered otherwise. */
  over(position: number): void {
    this.#faults.delete(position);
  }
}
