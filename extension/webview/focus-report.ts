/**
 * Reports to the extension whether this page has the focus. VS Code itself knows that only of an editor tab. In the side bar, the keys
 * for chats depend on the report, and work only once it has arrived: until then, the page takes Ctrl+F itself.
 */
import type { Host } from "./host.ts";

export class FocusReporter {
  readonly #host: Host;
  #hasFocus = false;
  /** Number of the latest report. */
  #turn = 0;
  /** Whether VS Code's keys are those for this page. */
  #keysWork = true;

  /** @param inSideBar whether this page is there */
  constructor(host: Host, inSideBar: () => boolean) {
    this.#host = host;
    for (const type of ["focus", "focusin"] as const)
      window.addEventListener(type, () => this.#report(document.hasFocus()));
    window.addEventListener("blur", () => this.#report(false));
    this.#report(document.hasFocus());
    window.addEventListener(
      "keydown",
      (event) => {
        if (!this.#keysWork && inSideBar() && isFindKey(event)) this.#find(event);
      },
      { capture: true },
    );
  }

  /** Leaves keys to VS Code, unless the focus has changed since that report. */
  keysWork(turn: number): void {
    if (turn === this.#turn) this.#keysWork = true;
  }

  #report(has: boolean): void {
    if (has === this.#hasFocus) return;
    this.#hasFocus = has;
    this.#keysWork = false;
    this.#turn++;
    this.#host.post({ type: "focus", has, turn: this.#turn });
  }

  #find(event: KeyboardEvent): void {
    // VS Code listens on the window, too, and would find in the editor.
    event.stopImmediatePropagation();
    event.preventDefault();
    if (!event.repeat) this.#host.post({ type: "action", action: "searchChat" });
  }
}

/** Whether the key is Ctrl+F, or Cmd+F on macOS: by its letter or, on layouts without an "f", by its position. */
function isFindKey({ key, code, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): boolean {
  const [held, other] = navigator.platform.startsWith("Mac") ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  if (!held || other || shiftKey || altKey) return false;
  return /^[a-z]$/i.test(key) ? key.toLowerCase() === "f" : code === "KeyF";
}
