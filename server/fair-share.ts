/**
 * The server's time, shared out between people who are signed in: everybody is served at once as far as their share goes, and
 * for the rest waits for their next turn, so that nobody's work, nor the sum of many people's, keeps the others waiting for
 * more than one round. Deficit round robin (Shreedhar and Varghese, 1995) over measured time, with newcomers first as in
 * FQ-CoDel (RFC 8290 §4.2).
 */

/** Does one piece of work, and says whether it did: if not, there is nothing to do until it asks for another turn. */
export interface Worker {
  take(): boolean;
}

/** How long somebody is served in one turn, milliseconds: some fifty small messages. */
const SHARE_MS = 0.5;
/** After that long the rest of the round waits until the event loop has looked after everything else. */
const LOOP_TURN_MS = 5;
/** More is not held against anybody: a piece that took so long was interrupted, by the collection of garbage or another process. */
const MOST_DEBT_MS = 8 * SHARE_MS;

interface Queue {
  /** Those with work left, first come first served. One person may have more than one connection, for a moment. */
  readonly workers: Set<Worker>;
  /** Time left in this turn, milliseconds; below zero where a piece took longer. */
  credit: number;
}

export class FairShare<Person> {
  readonly #now: () => number;
  /** Those who wait and those who had their turn at once, in the order of their next turns. */
  readonly #round = new Map<Person, Queue>();
  #scheduled = false;
  /** Of this turn of the event loop, milliseconds. */
  #spent = 0;

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** People who wait, or have had their turn in this round. */
  get busy(): number {
    return this.#round.size;
  }

  /** `worker` has something to do for `person`: done at once as far as their share of this round goes. */
  serve(person: Person, worker: Worker): void {
    // Before the work, so that messages sent by the round leave together with those sent meanwhile.
    this.#schedule();
    let queue = this.#round.get(person);
    if (queue === undefined) {
      queue = { workers: new Set(), credit: SHARE_MS };
      this.#round.set(person, queue);
    }
    queue.workers.add(worker);
    if (this.#spent < LOOP_TURN_MS) this.#spend(queue);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
      if (this.#round.size > 0) this.#schedule();
    });
  }

  /** One after the other, as far as there is time. */
  #turn(): void {
    this.#spent = 0;
    for (const [person, queue] of this.#round) {
      if (this.#spent >= LOOP_TURN_MS) break;
      this.#round.delete(person);
      queue.credit = Math.min(SHARE_MS, queue.credit + SHARE_MS);
      this.#spend(queue);
      // To the end of the line, also where there is only something to make up for.
      if (queue.workers.size > 0 || queue.credit < 0) this.#round.set(person, queue);
    }
    this.#spent = 0;
  }

  #spend(queue: Queue): void {
    const began = this.#now();
    let at = began;
    for (const worker of queue.workers) {
      while (queue.credit > 0) {
        const more = worker.take();
        const now = this.#now();
        queue.credit -= now - at;
        at = now;
        if (more) continue;
        queue.workers.delete(worker);
        break;
      }
      if (queue.credit <= 0) break;
    }
    queue.credit = Math.max(queue.credit, -MOST_DEBT_MS);
    this.#spent += at - began;
  }
}
