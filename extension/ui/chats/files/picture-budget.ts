/** Bounds the bytes of pictures that pages hold: of one page, and of all pages of this window together. */

/** Of one page: some twenty photos, several screens full. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;
/** Of all pages of a window. */
const MAX_WINDOW_BYTES = 192 * 1024 * 1024;

let windowBytes = 0;

export class PictureBudget {
  readonly #held = new Map<string, number>();
  #bytes = 0;

  /** Counts a picture. @param key names it in this page. @returns false where it doesn't fit: nothing is counted then */
  take(key: string, bytes: number): boolean {
    this.free(key);
    if (this.#bytes + bytes > MAX_PAGE_BYTES || windowBytes + bytes > MAX_WINDOW_BYTES) return false;
    this.#held.set(key, bytes);
    this.#count(bytes);
    return true;
  }

  /** Takes a picture back that the page has let go of. */
  free(key: string): void {
    this.#count(-(this.#held.get(key) ?? 0));
    this.#held.delete(key);
  }

  /** Takes all back: the page is gone. */
  freeAll(): void {
    for (const key of [...this.#held.keys()]) this.free(key);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    windowBytes += bytes;
  }
}
