/**
 * Moves through the messages by keyboard: arrow keys go from one to the next, Tab goes to one of them and to the links
 * and buttons in it (WAI-ARIA "roving tabindex").
 */
export interface TravelActions {
  /** Called when Tab goes to another message from now on. */
  moved(key: string): void;
  /** Called when Copy was pressed on a message with nothing selected. */
  copy(key: string): void;
  /** Called when Enter was pressed on a message. */
  open(key: string, row: HTMLElement): void;
}

/** The parts of a message that Tab can reach. The buttons beside it are in its menu, too. */
const INSIDE = "a[role=link], button:not(.row-action)";

export class Travel {
  readonly #log: HTMLElement;
  readonly #actions: TravelActions;
  #current: Element | undefined;

  constructor(log: HTMLElement, actions: TravelActions) {
    this.#log = log;
    this.#actions = actions;
    log.addEventListener("keydown", (event) => this.#key(event));
    // Copies by any key or menu.
    document.addEventListener("copy", (event) => this.#copy(event));
    log.addEventListener("focusin", (event) => this.#enter(rowOf(event.target)));
  }

  /** Makes links and buttons of `row` reachable by Tab, and only those. Call after the rows changed. */
  settle(row: Element | undefined): void {
    if (row !== this.#current) setReachable(this.#current, false);
    setReachable(row, true);
    this.#current = row;
  }

  #enter(row: HTMLElement | undefined): void {
    if (row === undefined || row === this.#current) return;
    this.settle(row);
    this.#actions.moved(row.dataset["key"] ?? "");
  }

  #key(event: KeyboardEvent): void {
    const row = rowOf(event.target);
    if (row === undefined) return;
    // Not every engine copies without a selection, and then there is no event for it.
    if (isCopyKey(event)) {
      this.#copy(event);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "Enter" && event.target === row) {
      event.preventDefault();
      this.#actions.open(row.dataset["key"] ?? "", row);
      return;
    }
    // In a block of code the arrow keys scroll the code.
    if (event.target instanceof HTMLPreElement) return;
    const next = this.#destination(event.key, row);
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  /** Copies the message that has the focus, unless something is selected. */
  #copy(event: Event): void {
    const row = document.activeElement;
    if (!(row instanceof HTMLElement) || row !== rowOf(row) || !this.#log.contains(row)) return;
    if (document.getSelection()?.isCollapsed === false) return;
    event.preventDefault();
    this.#actions.copy(row.dataset["key"] ?? "");
  }

  #destination(key: string, row: HTMLElement): HTMLElement | undefined {
    const rows = [...this.#log.querySelectorAll<HTMLElement>("[data-key]")];
    const index = rows.indexOf(row);
    switch (key) {
      case "ArrowUp":
        return rows[index - 1];
      case "ArrowDown":
        return rows[index + 1];
      case "Home":
        return rows[0];
      case "End":
        return rows.at(-1);
      default:
        return undefined;
    }
  }
}

/** Whether the key is Ctrl+C: by the letter of a layout that has it, else by the key that is "C" on others. */
function isCopyKey({ key, code, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): boolean {
  if (!(ctrlKey || metaKey) || shiftKey || altKey) return false;
  return /^[a-z]$/i.test(key) ? key.toLowerCase() === "c" : code === "KeyC";
}

function rowOf(target: EventTarget | null): HTMLElement | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-key]") : null;
  return row ?? undefined;
}

function setReachable(row: Element | undefined, reachable: boolean): void {
  for (const element of row?.querySelectorAll<HTMLElement>(INSIDE) ?? [])
    element.tabIndex = reachable ? 0 : -1;
}
