/**
 * Keeps the focus in the page. After VS Code's find widget, a dialog or another tab closes, or a focused button disappears, no element
 * has the focus, and the next keys would be lost.
 */

export interface FocusParts {
  readonly root: HTMLElement;
  /** The default element for the focus. It also gets letters that are typed elsewhere in the page. */
  readonly home: () => HTMLElement | null;
  /** Called when Escape is pressed in that element. */
  readonly escaped: () => void;
}

/** Milliseconds to wait for VS Code to return the focus to the page after the palette closed: it takes 50 and a message. */
const REFOCUS_MS = 150;
/** Elements that handle letters themselves. */
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
    // Run before other listeners, so that the element that gets the focus here also gets the key.
    window.addEventListener("keydown", (event) => this.#before(event), { capture: true });
    window.addEventListener("keydown", (event) => this.#after(event));
    new MutationObserver(() => {
      if (this.#last?.isConnected === false) this.#restore();
    }).observe(root, { childList: true, subtree: true });
  }

  /**
   * Reports whether the page has the focus, which a question in another part of the editor takes next.
   * @param soon whether to wait a moment for it
   */
  lend(soon: boolean, report: (had: boolean) => void): void {
    if (document.hasFocus() || !soon) {
      report(document.hasFocus());
      return;
    }
    const done = () => {
      window.clearTimeout(timer);
      window.removeEventListener("focus", done);
      report(document.hasFocus());
    };
    const timer = window.setTimeout(done, REFOCUS_MS);
    window.addEventListener("focus", done);
  }

  /**
   * Takes the focus from wherever it is. VS Code itself gives it to the frame around the page, and to the page 50 ms later or, after
   * a modal dialog, not at all. Keys typed until then are lost.
   */
  takeBack(): void {
    if (this.#lost || !document.hasFocus()) this.#toLast();
  }

  /** Returns the focus to the element that had it last, else to home. Does nothing while another part of VS Code has it. */
  #restore(): void {
    if (this.#lost && document.hasFocus()) this.#toLast();
  }

  #toLast(): void {
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
    if (document.querySelector("dialog[open]") !== null) return; // the browser closes the dialog and restores the focus
    event.preventDefault();
    if (document.activeElement === this.#parts.home()) this.#parts.escaped();
    else this.#toHome();
  }
}

/** Whether the key types a character. Excludes Space, which presses buttons and scrolls. Windows reports AltGr as Ctrl+Alt. */
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
