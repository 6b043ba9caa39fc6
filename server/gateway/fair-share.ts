/**
 * Shares the server's time among people who are signed in: everybody is served at once within their share,
 * and waits for their next turn for the rest, so that neither one person's work nor the sum of many people's
 * delays the others by more than one round. Deficit round robin (Shreedhar and Varghese, 1995) over measured
 * time, with newcomers first as in FQ-CoDel (RFC 8290 §4.2).
 */

/**
 * Does one piece of work, and returns whether there may be more: if not, there is nothing to do until it asks
 * for another turn.
 */
export interface Worker {
  take(): boolean;
}

/** How long a person is served in one turn, milliseconds: some fifty small messages. */
const SHARE_MS = 0.5;
/** After that long the rest of the round waits until the event loop has run everything else. */
const LOOP_TURN_MS = 5;
/**
 * Largest debt that is recorded: a piece that took longer was interrupted by garbage collection or another
 * process.
 */
const MOST_DEBT_MS = 8 * SHARE_MS;

/** One person's share, over all their connections. */
export interface Share<Person> {
  readonly person: Person;
  /** Number of their connections: more than one only for a moment. */
  holders: number;
  /** Workers with work left, first come first served. */
  readonly workers: Worker[];
  /** True while waiting for a turn, or after one in this round. */
  inRound: boolean;
  /** The rest of this turn, milliseconds; negative if a piece took longer. */
  credit: number;
}

export class FairShare<Person> {
  readonly #now: () => number;
  /** Shares of everybody who is signed in or still has a debt. */
  readonly #shares = new Map<Person, Share<Person>>();
  /** Shares in the current round, waiting or served at once, in the order of their next turns. */
  readonly #round: Share<Person>[] = [];
  #scheduled = false;
  /** Time spent in this turn of the event loop, milliseconds. */
  #spent = 0;

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Number of people who wait, or have had their turn in this round. */
  get busy(): number {
    return this.#round.length;
  }

  /** Number of people remembered. */
  get size(): number {
    return this.#shares.size;
  }

  /** Counts one more connection of that person. Call leave() when it ends. */
  join(person: Person): Share<Person> {
    let share = this.#shares.get(person);
    if (share === undefined) {
      share = { person, holders: 0, workers: [], inRound: false, credit: 0 };
      this.#shares.set(person, share);
    }
    share.holders += 1;
    return share;
  }

  leave(share: Share<Person>): void {
    share.holders -= 1;
    this.#forget(share);
  }

  /**
   * Schedules `worker`, which has work for the share's person: done at once as far as their share of this
   * round allows.
   */
  serve(share: Share<Person>, worker: Worker): void {
    // Scheduled before the work, so that the round's output leaves together with the work's output.
    if (!this.#scheduled) this.#schedule();
    if (!share.inRound) {
      share.inRound = true;
      share.credit = SHARE_MS;
      this.#round.push(share);
    }
    if (!share.workers.includes(worker)) share.workers.push(worker);
    if (this.#spent < LOOP_TURN_MS) this.#spend(share);
  }

  #schedule(): void {
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
      if (this.#round.length > 0) this.#schedule();
    });
  }

  /** Serves the shares of the round in order, as long as time is left. */
  #turn(): void {
    this.#spent = 0;
    const round = this.#round;
    let done = 0;
    // The round may grow at its end meanwhile.
    for (; done < round.length && this.#spent < LOOP_TURN_MS; done++) {
      const share = round[done];
      if (share === undefined) break;
      share.credit = Math.min(SHARE_MS, share.credit + SHARE_MS);
      this.#spend(share);
      // Moved to the end of the round, even with nothing left but a debt.
      if (share.workers.length > 0 || share.credit < 0) round.push(share);
      else {
        share.inRound = false;
        this.#forget(share);
      }
    }
    round.splice(0, done);
    this.#spent = 0;
  }

  #spend(share: Share<Person>): void {
    const { workers } = share;
    const began = this.#now();
    let at = began;
    for (let worker = workers[0]; worker !== undefined && share.credit > 0; worker = workers[0]) {
      const more = worker.take();
      const now = this.#now();
      share.credit -= now - at;
      at = now;
      if (!more) workers.shift();
    }
    share.credit = Math.max(share.credit, -MOST_DEBT_MS);
    this.#spent += at - began;
  }

  /**
   * Forgets a share that waits for no turn and has no debt, so that signing in again does not clear a debt.
   */
  #forget(share: Share<Person>): void {
    if (share.holders === 0 && !share.inRound) this.#shares.delete(share.person);
  }
}
