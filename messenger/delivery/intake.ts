/**
 * Deliveries of one connection count in their order, or not at all. When one could not be kept, those
 * after it must not be taken either: a message would appear before the one it answers, or be opened before its
 * conversation is there. The line is given up instead, and over the next one the server delivers all of it again.
 */
import { isStorageError } from "../disk-error.ts";

export class Intake {
  readonly #hangUp: () => void;
  #counts = true;
  #stands = true;

  /** @param hangUp gives up the connection */
  constructor(hangUp: () => void) {
    this.#hangUp = hangUp;
  }

  get counts(): boolean {
    return this.#counts;
  }

  /** Whether the line that brought it is still there. */
  get stands(): boolean {
    return this.#stands;
  }

  /** @param error of keeping a delivery. Not the disk's: it would fail again, and take the line each time */
  failed(error: unknown): void {
    if (isStorageError(error)) this.giveUp();
  }

  /** Deliveries of this line count no longer: they come again over the next. */
  giveUp(): void {
    const counted = this.#counts;
    this.#counts = false;
    if (counted && this.#stands) this.#hangUp();
  }

  lineGone(): void {
    this.#stands = false;
  }
}
