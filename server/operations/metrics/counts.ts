/**
 * Numbers that only grow, raised where the thing happens. Plain fields and a flat array, since some are raised for every
 * message: their names and meaning for an operator are in families.ts.
 */

/** Reasons are stable codes of ours, so there are few; this bounds a mistake. */
const MOST_REASONS = 100;

/** How often, by a small whole number such as an opcode. */
export class Tally {
  readonly #counts: Float64Array;

  /** @param size numbers from 0 up to it are counted, others are not */
  constructor(size: number) {
    this.#counts = new Float64Array(size);
  }

  add(at: number): void {
    const count = this.#counts[at];
    if (count !== undefined) this.#counts[at] = count + 1;
  }

  of(at: number): number {
    return this.#counts[at] ?? 0;
  }
}

/** Counts by reason. For rare events. */
export class Reasons {
  readonly #counts = new Map<string, number>();

  /** @param known those that are shown as 0 until they happen, so that the first one is seen as a rise */
  constructor(known: readonly string[] = []) {
    for (const reason of known) this.#counts.set(reason, 0);
  }

  add(reason: string): void {
    const key = this.#counts.has(reason) || this.#counts.size < MOST_REASONS ? reason : "other";
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  [Symbol.iterator](): Iterator<[string, number]> {
    return this.#counts.entries();
  }
}

/** Counts of everything a running server has done and refused since it started. */
export class Counts {
  readonly requests: Tally;
  /** Units granted. */
  work = 0;
  connections = 0;
  readonly connectionsRefused = new Reasons(["too-many-connections", "stopping"]);
  readonly connectionsEnded = new Reasons(["clean", "cut", "silent", "reads-too-slowly"]);
  handshakes = 0;
  /** Made to wait since their address began them too fast. */
  handshakesDelayed = 0;
  readonly handshakesFailed = new Reasons(["bad-handshake", "cut", "evicted", "handshake-deadline"]);
  readonly signIns = new Reasons(["known", "enrolled", "renewed"]);
  readonly signInsRefused = new Reasons(["auth-refused"]);
  /** ERROR answers, by code. */
  readonly errors = new Reasons(["rate-limited", "mailbox-full", "internal"]);
  /** ACK to a sender: the recipient's client has it. */
  received = 0;
  /** ACK to a sender: it is on disk. */
  stored = 0;
  /** Handed straight to a connection that kept up, without touching the disk. */
  relayed = 0;
  /** Confirmed by their recipient out of the mailbox. */
  collected = 0;

  /** @param opcodes how many there are */
  constructor(opcodes: number) {
    this.requests = new Tally(opcodes);
  }
}
