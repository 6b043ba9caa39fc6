/**
 * Keyboard navigation through the messages: arrow keys move between them, Tab moves to the current one and to the links and buttons in
 * it (WAI-ARIA "roving tabindex").
 */
import { selectedText } from "./selected-text.ts";

export interface TravelActions {
  /** Called when another message becomes the current one. */
  moved(key: string): void;
  /** Called for Copy on a message while nothing is selected. */
  copy(key: string): void;
  /** Called for Enter on a message. */
  open(key: string, row: HTMLElement): void;
  /** Called for Shift+Enter on a message. */
  reply(key: string): void;
  /** Called for F2 on a message. */
  edit(key: string): void;
  /** Called for Delete on a message. */
  remove(key: string): void;
  /** Called for Escape on a message. @returns whether there was a place to go back to */
  back(): boolean;
}

/** The parts of a message that Tab can reach. The buttons beside it are not, since the menu has the same actions. */
const INSIDE = "a[role=link], button:not(.row-action)";

export class Travel {
  readonly #log: HTMLElement;
  readonly #actions: TravelActions;
  #current: Element | undefined;

  constructor(log: HTMLElement, actions: TravelActions) {
    this.#log = log;
    this.#actions = actions;
    log.addEventListener("keydown", (event) => this.#key(event));
    // Fired for Copy by any key or menu.
    document.addEventListener("copy", (event) => this.#copy(event));
    log.addEventListener("focusin", (event) => this.#enter(rowOf(event.target)));
  }

  /** Makes only the links and buttons in `row` reachable by Tab. Call it after the rows have changed. */
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
    // Without a selection, some engines fire no "copy" event.
    if (isCopyKey(event)) {
      this.#copy(event);
      return;
    }
    if (this.#changes(event, row)) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "Enter" && event.target === row) {
      event.preventDefault();
      this.#actions.open(row.dataset["key"] ?? "", row);
      return;
    }
    // In a code block, the arrow keys scroll.
    if (event.target instanceof HTMLPreElement) return;
    const next = this.#destination(event.key, row);
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  /** Runs the keys that act on the focused message. @returns whether the key was one of them */
  #changes({ key, shiftKey, ctrlKey, metaKey, altKey, target }: KeyboardEvent, row: HTMLElement): boolean {
    if (target !== row || ctrlKey || metaKey || altKey) return false;
    const id = row.dataset["key"] ?? "";
    if (key === "Enter" && shiftKey) this.#actions.reply(id);
    else if (key === "F2" && !shiftKey) this.#actions.edit(id);
    else if (key === "Delete" && !shiftKey) this.#actions.remove(id);
    else return key === "Escape" && this.#actions.back();
    return true;
  }

  /** Copies the selection, or the focused message if nothing is selected. */
  #copy(event: Event): void {
    const selection = document.getSelection();
    if (event instanceof ClipboardEvent && selection !== null) {
      const selected = selectedText(selection, this.#log);
      if (selected !== undefined) {
        event.preventDefault();
        event.clipboardData?.setData("text/plain", selected.plain);
        event.clipboardData?.setData("text/html", selected.html);
        return;
      }
    }
    const row = document.activeElement;
    if (!(row instanceof HTMLElement) || row !== rowOf(row) || !this.#log.contains(row)) return;
    if (selection?.isCollapsed === false) return;
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

/** Whether the key is Ctrl+C: by its letter or, on layouts without a "c", by its position. */
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
