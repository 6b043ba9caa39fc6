/**
 * Decides when a chat counts as read: its newest message is on screen in a window in use, or the user answers. Only then is "unread"
 * cleared and a read receipt sent.
 */

/**
 * Milliseconds after input during which the user counts as present. VS Code's `WindowState.active` misses input inside a webview, so
 * the page reports that itself.
 */
export const ATTENTION_MS = 60_000;

export interface ReadingPlace {
  /** Whether the panel is in front and its page has loaded. */
  readonly visible: boolean;
  /** From vscode.window.state, as is `active`. */
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

  /** Records that the page shows the newest message. @param active whether there was input in the page within the last minute */
  onScreen(active: boolean): void {
    this.#newestOnScreen = true;
    if (active) this.#busyUntil = this.#now() + ATTENTION_MS;
    this.consider();
  }

  /** Records that the page no longer shows the newest message: one arrived, or the page was replaced. */
  outdated(): void {
    this.#newestOnScreen = false;
  }

  /** Marks the chat as read, since a user who answers has read the messages above. */
  answered(): void {
    this.#busyUntil = this.#now() + ATTENTION_MS;
    this.#parts.markRead();
  }

  /** Checks again, after the window or the panel changed its state. */
  consider(): void {
    const { visible, focused, active } = this.#parts.place();
    const attended = focused && (active || this.#now() < this.#busyUntil);
    if (this.#newestOnScreen && visible && attended) this.#parts.markRead();
  }
}
