/** Decides when to send a message again that the server could not accept: because of a fault, a full mailbox, or an unknown reason. */

const FIRST_PAUSE_MS = 2_000;
/** The longest pause between attempts, since a server's disk may be full for hours. */
const LONGEST_PAUSE_MS = 30_000;
/** Gives up after a day: the messages queued behind this one have waited long enough. */
const FAULT_MS = 24 * 60 * 60_000;
/** Gives up after 30 days, the server's default for keeping mail. Until then, the recipient may return and empty the mailbox. */
const FULL_MS = 30 * 24 * 60 * 60_000;
/** Gives up after minutes, since a code of a later version may be permanent. The messages behind it wait no longer than for a restart. */
const UNKNOWN_MS = 5 * 60_000;

/** Codes of refusals that may be temporary. */
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
   * Records a fault of an entry.
   * @param position the position of the entry in the outbox
   * @param now performance.now()
   * @returns the pause in milliseconds, twice as long as the previous one; undefined to give up
   */
  pauseAfter(position: number, now: number, code: PassingCode = "internal"): number | undefined {
    const { since, times } = this.#faults.get(position) ?? { since: now, times: 0 };
    if (now - since > WHILE_MS[code]) return undefined;
    this.#faults.set(position, { since, times: times + 1 });
    return Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS);
  }

  /** Forgets the faults of an entry, after another answer of the server. */
  over(position: number): void {
    this.#faults.delete(position);
  }
}
