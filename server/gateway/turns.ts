/**
 * Expensive work for strangers, taken in turns: one piece per turn of the event loop, so that members who are
 * signed in wait for one piece at most; and the addresses in turn, so that a newcomer does not queue behind
 * an address with a thousand requests.
 */

/** Returns false if there was nothing to do any more, so that the next may have the turn. */
export type Work = () => boolean;

export class Turns {
  /** In the order of the addresses' turns. Bounded by the number of handshakes in progress. */
  readonly #waiting = new Map<string, Work[]>();
  #scheduled = false;

  add(address: string, work: Work): void {
    const ofAddress = this.#waiting.get(address);
    if (ofAddress === undefined) this.#waiting.set(address, [work]);
    else ofAddress.push(work);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
      this.#schedule();
    });
  }

  #turn(): void {
    for (const [address, works] of this.#waiting) {
      const work = works.shift();
      // Moves the address to the end of the queue.
      this.#waiting.delete(address);
      if (works.length > 0) this.#waiting.set(address, works);
      if (work?.() === true) return;
    }
  }
}
