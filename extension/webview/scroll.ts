/** Keeps the reader's place while the list changes: the end if it was in view, else the row at the top of the view. */

/** Pixels from the end that count as the end, since zoom causes fractions. */
const SLACK_PX = 24;
/** Distance in pixels from either end of the rendered rows at which more are rendered or loaded. */
const NEAR_PX = 600;
/** The least height of a row in pixels, with VS Code's default font. */
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

  /** Whether the view is at the end and follows new rows. */
  get following(): boolean {
    return this.#following;
  }
  get nearStart(): boolean {
    return this.#log.scrollTop < NEAR_PX;
  }
  get nearEnd(): boolean {
    return this.#distance < NEAR_PX;
  }

  /** Returns the most rows that fit on a screen. */
  get rows(): number {
    return Math.ceil(this.#log.clientHeight / LEAST_ROW_PX);
  }

  toEnd(): void {
    this.#following = true;
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Stops following, so that the reader's place stays when rows are rendered below. */
  release(): void {
    this.#following = false;
  }

  /** Follows new rows again if the end is on screen. */
  resume(): void {
    this.#following = this.#atEnd;
  }

  /** Runs `change`, which unfolds a row, and scrolls by the distance that was scrolled inside that row. */
  shift(pixels: number, change: () => void): void {
    this.keep(change);
    this.#log.scrollTop += pixels;
  }

  /** Scrolls so that `row` is near the top of the view. @param offset pixels between both */
  toRow(row: Element, offset = this.#log.clientHeight / 4): void {
    this.#log.scrollTop += this.#offsetOf(row) - offset;
    this.#following = this.#atEnd;
  }

  /** Returns the row at the top of the view, and its distance from there in pixels; undefined at the end, which is followed. */
  get top(): { readonly row: HTMLElement; readonly offset: number } | undefined {
    const row = this.#following ? undefined : this.#firstRowInView();
    return row && { row, offset: this.#offsetOf(row) };
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

  #offsetOf(row: Element): number {
    return row.getBoundingClientRect().top - this.#log.getBoundingClientRect().top;
  }

  #firstRowInView(): HTMLElement | undefined {
    const top = this.#log.getBoundingClientRect().top;
    return [...this.#log.querySelectorAll<HTMLElement>("[data-key]")].find(
      (row) => row.getBoundingClientRect().bottom > top,
    );
  }
}
