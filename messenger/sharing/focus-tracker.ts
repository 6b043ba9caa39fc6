/** Chooses the window that shows notifications: the one with focus, else the one that had it last. */
import type { Focus } from "./pipe-messages.ts";

export class FocusTracker<Window> {
  readonly #windows = new Map<Window, Focus>();

  /** Records a window's focus. @param focus as the window reports it; 0 for a window that never had it */
  note(window: Window, focus: Focus): void {
    this.#windows.set(window, focus);
  }

  forget(window: Window): void {
    this.#windows.delete(window);
  }

  /** @returns undefined if no window has reported yet */
  get chosen(): Window | undefined {
    const [first] = [...this.#windows].sort(
      ([, a], [, b]) => Number(b.focused) - Number(a.focused) || b.at - a.at,
    );
    return first?.[0];
  }
}
