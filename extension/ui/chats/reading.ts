/**
 * When a chat counts as read: its newest message is on the screen of a window that somebody uses, or they answer it.
 * Nothing less may clear "unread" and send a read receipt.
 */

/**
 * How long somebody who did something counts as there. The editor's own measure is `active` of its window state, which
 * hears nothing of what is done inside a page: the page tells that itself.
 */
export const ATTENTION_MS = 60_000;

export interface ReadingPlace {
  /** The panel is in front, and its page is there. */
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

  /** The page shows the newest message. @param active whether it was used within the last minute */
  onScreen(active: boolean): void {
    this.#newestOnScreen = true;
    if (active) this.#busyUntil = this.#now() + ATTENTION_MS;
    this.consider();
  }

  /** There is a newer message than the page has spoken of, or another page. */
  outdated(): void {
    this.#newestOnScreen = false;
  }

  /** Whoever answers has read what stands above. */
  answered(): void {
    this.#busyUntil = this.#now() + ATTENTION_MS;
    this.#parts.markRead();
  }

  /** The window or the panel may be in front now. */
  consider(): void {
    const { visible, focused, active } = this.#parts.place();
    const attended = focused && (active || this.#now() < this.#busyUntil);
    if (this.#newestOnScreen && visible && attended) this.#parts.markRead();
  }
}
