/**
 * Places the "new messages" line. The host's first unread message changes as soon as it was seen, but the
 * line has to stay while the person reads on; and it must not appear before a message that they saw arrive.
 */
export class UnreadDivider {
  #before: string | undefined;
  #reported: string | undefined;
  #opened = false;

  /** Returns the id of the message after the line. */
  get before(): string | undefined {
    return this.#before;
  }

  /**
   * @param firstUnread as the host reports it
   * @param attentive whether the person looks at the end of the chat now
   */
  report(firstUnread: string | undefined, attentive: boolean): void {
    const isNew = firstUnread !== undefined && firstUnread !== this.#reported;
    if (isNew && (!this.#opened || !attentive)) this.#before = firstUnread;
    this.#reported = firstUnread;
    this.#opened = true;
  }

  /** Removes the line. Call when the reader sends a message: they have read the ones above it. */
  clear(): void {
    this.#before = undefined;
  }
}
