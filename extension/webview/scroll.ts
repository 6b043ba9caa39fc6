/** Keeps the reader's place while the list changes: at the end if they were there, else at the row they were reading. */

/** Pixels from the end that still count as the end, since zoom leaves fractions. */
const SLACK_PX = 24;
/** Pixels from either end of the rendered rows at which more are loaded. */
const NEAR_PX = 600;
/** The height in pixels of the lowest row, in the editor's usual font. */
const LEAST_ROW_PX = 20;

export class ScrollKeeper {
  readonly #log: HTMLElement;
  #following = true;

  /** @param moved called after the reader scrolled or the size changed */
  constructor(log: HTMLElement, moved: () => void) {
    this.#log = log;
    log.addEventListener(
      "scroll",
      () => {
        this.#following = this.#atEnd;
        moved();
      },
      { passive: true },
    );
    new ResizeObserver(() => {
      if (this.#following) this.toEnd();
      moved();
    }).observe(log);
  }

  /** Whether the newest rendered row is on screen and stays there as others come. */
  get following(): boolean {
    return this.#following;
  }
  get nearStart(): boolean {
    return this.#log.scrollTop < NEAR_PX;
  }
  get nearEnd(): boolean {
    return this.#distance < NEAR_PX;
  }

  /** Returns the most rows that fit a screen. */
  get rows(): number {
    return Math.ceil(this.#log.clientHeight / LEAST_ROW_PX);
  }

  toEnd(): void {
    this.#following = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Keeps the reader's place at the end that was reached, since the next rows are rendered after it. */
  release(): void {
    this.#following = false;
  }

  /** Follows the newest row again if the end is still on screen. */
  resume(): void {
    this.#following = this.#atEnd;
  }

  /** Runs `change`, and scrolls on by the distance scrolled inside of a row that is shown whole now. */
  shift(pixels: number, change: () => void): void {
    this.keep(change);
    this.#log.scrollTop += pixels;
  }

  /** Puts `row` near the top of the view. */
  toRow(row: Element): void {
    const offset = row.getBoundingClientRect().top - this.#log.getBoundingClientRect().top;
    this.#log.scrollTop += offset - this.#log.clientHeight / 4;
    this.#following = this.#atEnd;
  }

  /** Runs `change`, which may add and remove rows anywhere, and keeps the reader's place. */
  keep(change: () => void): void {
    const anchor = this.#following ? undefined : this.#firstRowInView();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (this.#following) this.toEnd();
    else if (anchor?.isConnected) this.#log.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  get #distance(): number {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight;
  }

  get #atEnd(): boolean {
    return this.#distance <= SLACK_PX;
  }

  #firstRowInView(): Element | undefined {
    const top = this.#log.getBoundingClientRect().top;
    return [...this.#log.querySelectorAll("[data-key]")].find(
      (row) => row.getBoundingClientRect().bottom > top,
    );
  }
}
