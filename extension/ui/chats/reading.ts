/**
 * Decides when a chat counts as read: its newest message is on the screen of a window that somebody uses, or they answer it.
 * Nothing less may clear "unread" and send a read receipt.
 */

/**
 * Milliseconds for which a user counts as present after an action. The editor's own measure is `active` of its window state, which
 * misses all input inside a page: the page reports that itself.
 */
export const ATTENTION_MS = 60_000;

export interface ReadingPlace {
  /** The panel is in front, and its page has loaded. */
  readonly visible: boolean;
  /** Of vscode.window.state. */
  readonly focused: boolean;
  readonly active: boolean;
}

export interface ReadingParts {
  readonly place: () => ReadingPlace;
  readonly markRead: () => void;
  /** Unix time, milliseconds */
  readonly now?: () => number;
}

export class Reading {
  readonly #parts: ReadingParts;
  readonly #now: () => number;
  #newestOnScreen = false;
  #busyUntil = 0;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Reports that the page shows the newest message. @param active whether the page was used within the last minute */
  onScreen(active: boolean): void {
    this.#newestOnScreen = true;
    if (active) this.#busyUntil = this.#now() + ATTENTION_MS;
    this.consider();
  }

  /** Reports a newer message than the page has reported, or another page. */
  outdated(): void {
    this.#newestOnScreen = false;
  }

  /** Marks the chat as read: a user who answers has read the messages above. */
  answered(): void {
    this.#busyUntil = this.#now() + ATTENTION_MS;
    this.#parts.markRead();
  }

  /** Checks again: the window or the panel may be in front now. */
  consider(): void {
    const { visible, focused, active } = this.#parts.place();
    const attended = focused && (active || this.#now() < this.#busyUntil);
    if (this.#newestOnScreen && visible && attended) this.#parts.markRead();
  }
}
