/** Keeps the reader's place while the list changes: at the end if they were there, else at the row they were reading. */

/** Within this many pixels of the end counts as at the end, since zoom leaves fractions. */
const SLACK_PX = 24;
/** This close to either end of what is rendered, more is wanted. */
const NEAR_PX = 600;
/** No row is lower, in the editor's usual font. */
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

  /** The newest rendered row is on screen and stays there as others come. */
  get following(): boolean {
    return this.#following;
  }
  get nearStart(): boolean {
    return this.#log.scrollTop < NEAR_PX;
  }
  get nearEnd(): boolean {
    return this.#distance < NEAR_PX;
  }

  /** How many rows a screen has at most. */
  get rows(): number {
    return Math.ceil(this.#log.clientHeight / LEAST_ROW_PX);
  }

  toEnd(): void {
    this.#following = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** What is rendered next goes on after the end that was reached: the reader's place is here now. */
  release(): void {
    this.#following = false;
  }

  /** Follows again where the end is still on screen. */
  resume(): void {
    this.#following = this.#atEnd;
  }

  /** Runs `change`, and scrolls on by what was scrolled inside of a row that is shown whole now. */
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
