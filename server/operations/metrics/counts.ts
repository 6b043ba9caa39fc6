/**
 * Counters, incremented where things happen. Plain fields and a flat array, since some are incremented for
 * every message; families.ts has their names and descriptions for operators.
 */

/** Reasons are stable codes of ours, so there are few; this is a bound in case of a bug. */
const MOST_REASONS = 100;

/** Counts by a small integer, such as an opcode. */
export class Tally {
  readonly #counts: Float64Array;

  /**
   * @param size numbers from 0 up to it are counted, others are ignored
   */
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

/** Counts by reason, for rare events. */
export class Reasons {
  readonly #counts = new Map<string, number>();

  /**
   * @param known reasons that are shown as 0 until they occur, so that the first occurrence is visible as an
   * increase
   */
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

/** Counters of everything that a running server has done and refused since its start. */
export class Counts {
  readonly requests: Tally;
  /** Work units granted. */
  work = 0;
  connections = 0;
  readonly connectionsRefused = new Reasons(["too-many-connections", "stopping"]);
  readonly connectionsEnded = new Reasons(["clean", "cut", "silent", "reads-too-slowly"]);
  handshakes = 0;
  /** Handshakes delayed because their address began them too fast. */
  handshakesDelayed = 0;
  readonly handshakesFailed = new Reasons(["bad-handshake", "cut", "evicted", "handshake-deadline"]);
  readonly signIns = new Reasons(["known", "enrolled", "renewed"]);
  readonly signInsRefused = new Reasons(["auth-refused"]);
  /** ERROR answers, by code. */
  readonly errors = new Reasons(["rate-limited", "mailbox-full", "internal"]);
  /** ACKs to senders: the recipient's client has received it. */
  received = 0;
  /** ACKs to senders: it is stored on disk. */
  stored = 0;
  /** Sent directly to a connection that kept up, without writing to disk. */
  relayed = 0;
  /** Sent from the mailbox and confirmed by their recipient. */
  collected = 0;

  /** @param opcodes the number of opcodes */
  constructor(opcodes: number) {
    this.requests = new Tally(opcodes);
  }
}
