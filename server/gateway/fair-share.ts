/**
 * The server's time, shared out between people who are signed in: everybody is served at once as far as their share goes, and
 * for the rest waits for their next turn, so that nobody's work, nor the sum of many people's, keeps the others waiting for
 * more than one round. Deficit round robin (Shreedhar and Varghese, 1995) over measured time, with newcomers first as in
 * FQ-CoDel (RFC 8290 §4.2).
 */

/** Does one piece of work, and says whether there may be more: if not, there is nothing to do until it asks for another turn. */
export interface Worker {
  take(): boolean;
}

/** How long somebody is served in one turn, milliseconds: some fifty small messages. */
const SHARE_MS = 0.5;
/** After that long the rest of the round waits until the event loop has looked after everything else. */
const LOOP_TURN_MS = 5;
/** More is not held against anybody: a piece that took so long was interrupted, by the collection of garbage or another process. */
const MOST_DEBT_MS = 8 * SHARE_MS;

/** One person's, over all their connections. */
export interface Share<Person> {
  readonly person: Person;
  /** How many connections they have: more than one only for a moment. */
  holders: number;
  /** Those with work left, first come first served. */
  readonly workers: Worker[];
  /** Waits for a turn, or has had one in this round. */
  inRound: boolean;
  /** The rest of this turn, milliseconds; below zero where a piece took longer. */
  credit: number;
}

export class FairShare<Person> {
  readonly #now: () => number;
  /** Of everybody who is signed in, or has something to make up for. */
  readonly #shares = new Map<Person, Share<Person>>();
  /** Those who wait and those who had their turn at once, in the order of their next turns. */
  readonly #round: Share<Person>[] = [];
  #scheduled = false;
  /** Of this turn of the event loop, milliseconds. */
  #spent = 0;

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** People who wait, or have had their turn in this round. */
  get busy(): number {
    return this.#round.length;
  }

  /** People who are remembered. */
  get size(): number {
    return this.#shares.size;
  }

  /** One more connection of that person's. It is to leave(). */
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

  /** `worker` has something to do for somebody: done at once as far as their share of this round goes. */
  serve(share: Share<Person>, worker: Worker): void {
    // Before the work, so that the round's output leaves together with that of the work.
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

  /** One after the other, as far as there is time. */
  #turn(): void {
    this.#spent = 0;
    const round = this.#round;
    let done = 0;
    // It grows at its end meanwhile.
    for (; done < round.length && this.#spent < LOOP_TURN_MS; done++) {
      const share = round[done];
      if (share === undefined) break;
      share.credit = Math.min(SHARE_MS, share.credit + SHARE_MS);
      this.#spend(share);
      // To the end of the line, also where there is only something to make up for.
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

  /** Forgets a share that waits for no turn and has no debt: nobody gets rid of a debt by signing in again. */
  #forget(share: Share<Person>): void {
    if (share.holders === 0 && !share.inRound) this.#shares.delete(share.person);
  }
}
