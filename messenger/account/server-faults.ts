/** How long a message that the server could not take waits until it goes again: by a fault of its own, for lack of room, or for a reason we do not know. */

const FIRST_PAUSE_MS = 2_000;
/** Its disk may be full for hours. */
const LONGEST_PAUSE_MS = 30_000;
/** By then it is not the disk, and the messages behind it have waited long enough. */
const FAULT_MS = 24 * 60 * 60_000;
/** The other one may be away for as long, and then takes their mail; the server keeps no mail for longer by default. */
const FULL_MS = 30 * 24 * 60 * 60_000;
/** A reason that only later versions know is as likely a no for good: the messages behind it wait no longer than over a restart. */
const UNKNOWN_MS = 5 * 60_000;

/** The server's refusals after which trying again may help. */
export type PassingCode = "internal" | "mailbox-full" | "unknown";
const WHILE_MS: Readonly<Record<PassingCode, number>> = {
  internal: FAULT_MS,
  "mailbox-full": FULL_MS,
  unknown: UNKNOWN_MS,
};

interface Fault {
  /** performance.now() */
  readonly since: number;
  readonly times: number;
}

export class ServerFaults {
  readonly #faults = new Map<number, Fault>();

  /**
   * Counts one more fault of an entry.
   * @param position of an outbox entry
   * @param now performance.now()
   * @returns the pause, milliseconds, each twice as long as the one before; undefined: it has been tried for long enough
   */
  pauseAfter(position: number, now: number, code: PassingCode = "internal"): number | undefined {
    const { since, times } = this.#faults.get(position) ?? { since: now, times: 0 };
    if (now - since > WHILE_MS[code]) return undefined;
    this.#faults.set(position, { since, times: times + 1 });
    return Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS);
  }

  /** Forgets the faults of an entry: the server has answered otherwise. */
  over(position: number): void {
    this.#faults.delete(position);
  }
}
