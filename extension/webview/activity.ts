/** Whether somebody uses this page. The editor hears nothing of what is done inside a page, so the page has to know. */

const ACTIVE_FOR_MS = 60_000;

export class Activity {
  #last = Number.NEGATIVE_INFINITY;

  /** @param used called at each sign of somebody */
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

  /** A key, the pointer or the wheel was used within the last minute. */
  get active(): boolean {
    return Date.now() - this.#last < ACTIVE_FOR_MS;
  }
}
