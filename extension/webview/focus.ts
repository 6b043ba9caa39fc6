/**
 * Keeps the focus in the page. Closing the editor's find widget, a dialog or another tab leaves a page without
 * focus, and a focused button may vanish: the next keys would be lost.
 */

export interface FocusParts {
  readonly root: HTMLElement;
  /** The element that gets the focus where no other should, and letters that are typed elsewhere. */
  readonly home: () => HTMLElement | null;
  /** Escape was pressed there. */
  readonly escaped: () => void;
}

/** A menu takes letters for itself. */
const WRITTEN_IN = "textarea, input, [role=menu]";

export class FocusKeeper {
  readonly #parts: FocusParts;
  #last: HTMLElement | undefined;

  constructor(parts: FocusParts) {
    this.#parts = parts;
    const { root } = parts;
    root.addEventListener("focusin", ({ target }) => {
      if (target instanceof HTMLElement) this.#last = target;
    });
    window.addEventListener("focus", () => this.#restore());
    // Runs before other listeners, so that the part which gets the focus here gets the key, too.
    window.addEventListener("keydown", (event) => this.#before(event), { capture: true });
    window.addEventListener("keydown", (event) => this.#after(event));
    new MutationObserver(() => {
      if (this.#last?.isConnected === false) this.#restore();
    }).observe(root, { childList: true, subtree: true });
  }

  /** Returns the focus to the element that had it last, else home; not while another part of the editor has it. */
  #restore(): void {
    if (!this.#lost || !document.hasFocus()) return;
    if (this.#last?.isConnected) this.#last.focus({ preventScroll: true });
    if (this.#lost) this.#toHome();
  }

  get #lost(): boolean {
    return document.activeElement === null || document.activeElement === document.body;
  }

  #toHome(): void {
    this.#parts.home()?.focus();
  }

  #before(event: KeyboardEvent): void {
    if (isLetter(event) && !isWrittenIn(document.activeElement)) this.#toHome();
    else if (!isModifier(event)) this.#restore();
  }

  #after(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]") !== null) return; // the browser closes the dialog, and restores the focus
    event.preventDefault();
    if (document.activeElement === this.#parts.home()) this.#parts.escaped();
    else this.#toHome();
  }
}

/** Whether the key types a character. Space does not count: it presses buttons and scrolls. AltGr is Ctrl+Alt to Windows. */
function isLetter(event: KeyboardEvent): boolean {
  const shortcut = (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState("AltGraph");
  return [...event.key].length === 1 && event.key !== " " && !shortcut;
}

function isModifier({ key }: KeyboardEvent): boolean {
  return ["Control", "Shift", "Alt", "AltGraph", "Meta"].includes(key);
}

function isWrittenIn(element: Element | null): boolean {
  return (element?.closest(WRITTEN_IN) ?? null) !== null;
}
