/** Tracks whether somebody uses this page. The editor gets no events of input inside a page, so the page tracks it. */

const ACTIVE_FOR_MS = 60_000;

export class Activity {
  #last = Number.NEGATIVE_INFINITY;

  /** @param used called at each key, pointer or wheel event */
  constructor(used: () => void) {
    for (const type of ["keydown", "pointerdown", "wheel"] as const)
      window.addEventListener(
        type,
        () => {
          this.#last = Date.now();
          used();
        },
        { capture: true, passive: true },
      );
  }

  /** Whether a key, the pointer or the wheel was used within the last minute. */
  get active(): boolean {
    return Date.now() - this.#last < ACTIVE_FOR_MS;
  }
}
