/** Tracks input in this page, since VS Code does not see input inside a webview. */

const ACTIVE_FOR_MS = 60_000;

export class Activity {
  #last = Number.NEGATIVE_INFINITY;

  /** @param used called for each key, pointer and wheel event */
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

  /** Whether there was input within the last minute. */
  get active(): boolean {
    return Date.now() - this.#last < ACTIVE_FOR_MS;
  }
}
