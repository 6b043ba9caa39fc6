/**
 * Places the "new messages" line. The extension's first unread message changes as soon as it is seen, but the line has to stay while the
 * user reads on. It must not appear above a message that the user saw arriving.
 */
export class UnreadDivider {
  #before: string | undefined;
  #reported: string | undefined;
  #opened = false;

  /** Returns the id of the message below the line. */
  get before(): string | undefined {
    return this.#before;
  }

  /**
   * Updates the line.
   * @param firstUnread id of the first unread message, as the extension reports it
   * @param attentive whether the user is looking at the end of the chat
   */
  report(firstUnread: string | undefined, attentive: boolean): void {
    const isNew = firstUnread !== undefined && firstUnread !== this.#reported;
    if (isNew && (!this.#opened || !attentive)) this.#before = firstUnread;
    this.#reported = firstUnread;
    this.#opened = true;
  }

  /** Restores the line of the chat's previous page, unless there is a newer one. */
  restore(before: string | undefined): void {
    this.#before ??= before;
  }

  /** Removes the line. Called when the user sends a message, since they have read those above it. */
  clear(): void {
    this.#before = undefined;
  }
}
