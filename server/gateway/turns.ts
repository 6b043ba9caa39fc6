/**
 * Costly work for strangers, taken in turns: one piece a turn of the event loop, so that those who are signed in wait
 * for one piece at most; and the addresses one after the other, so that a newcomer does not queue behind somebody's thousand.
 */

/** @returns false where there was nothing to do any more, and the next may have the turn. */
export type Work = () => boolean;

export class Turns {
  /** In the order in which the addresses have their turn. Bounded by the handshakes that may be under way. */
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
      // To the end of the line.
      this.#waiting.delete(address);
      if (works.length > 0) this.#waiting.set(address, works);
      if (work?.() === true) return;
    }
  }
}
