/** Which window tells the user: the one that is looked at, else the one that was looked at last. */
import type { Focus } from "./contract.ts";

export class Attention<Window> {
  readonly #windows = new Map<Window, Focus>();

  /** @param focus as the window reports it; 0 for one that nobody has looked at yet */
  note(window: Window, focus: Focus): void {
    this.#windows.set(window, focus);
  }

  forget(window: Window): void {
    this.#windows.delete(window);
  }

  /** @returns undefined where no window has been noted */
  get chosen(): Window | undefined {
    const [first] = [...this.#windows].sort(
      ([, a], [, b]) => Number(b.focused) - Number(a.focused) || b.at - a.at,
    );
    return first?.[0];
  }
}
