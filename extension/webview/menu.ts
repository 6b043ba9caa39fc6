/** The page's menu (WAI-ARIA "menu"). Only one is open at a time. The focus returns to its anchor. */
import { html, nothing, render } from "lit/html.js";
import { placeAt } from "./placing.ts";

export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
  /** Why it cannot be chosen now: a sentence that is shown with it. */
  readonly whyNot?: string;
  /** Whether there is a line above the item. */
  readonly separated?: boolean;
}

export class Menu {
  readonly #place: HTMLElement;
  #opener: HTMLElement | undefined;
  #anchor: HTMLElement | undefined;
  #items: readonly MenuItem[] = [];

  /** @param place an empty element of the page */
  constructor(place: HTMLElement) {
    this.#place = place;
    place.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !place.contains(target) && !this.#anchor?.contains(target)) this.close();
    });
    for (const type of ["blur", "resize"] as const) window.addEventListener(type, () => this.close());
  }

  /** Opens the menu at `anchor`, or closes it if it is open there. @param label its accessible name */
  toggle(anchor: HTMLElement, label: string, items: readonly MenuItem[]): void {
    const again = this.#anchor === anchor;
    const { activeElement } = document;
    const opener =
      activeElement instanceof HTMLElement && activeElement !== document.body ? activeElement : anchor;
    this.close();
    if (again) return;
    this.#opener = opener;
    this.#anchor = anchor;
    this.#items = items;
    this.#mark(true);
    render(
      html`<div class="menu" role="menu" aria-label=${label}>
        ${items.map(
          (
            { label, separated, whyNot },
            index,
          ) => html`${separated ? html`<div role="separator"></div>` : nothing}<button
              type="button"
              role="menuitem"
              tabindex="-1"
              aria-disabled=${whyNot === undefined ? nothing : "true"}
              @click=${() => this.#choose(index)}
            >
              ${label}${whyNot === undefined ? nothing : html` <small>${whyNot}</small>`}
            </button>`,
        )}
      </div>`,
      this.#place,
    );
    const menu = this.#place.firstElementChild;
    if (menu instanceof HTMLElement) placeAt(menu, anchor);
    this.#buttons[0]?.focus({ preventScroll: true });
  }

  close(): void {
    if (this.#anchor === undefined) return;
    const inside = this.#place.contains(document.activeElement);
    const opener = this.#opener;
    this.#mark(false);
    this.#anchor = undefined;
    this.#opener = undefined;
    if (inside) opener?.focus({ preventScroll: true });
    render(nothing, this.#place);
  }

  get #buttons(): readonly HTMLButtonElement[] {
    return [...this.#place.querySelectorAll("button")];
  }

  #mark(open: boolean): void {
    if (this.#anchor?.hasAttribute("aria-haspopup")) this.#anchor.setAttribute("aria-expanded", String(open));
  }

  #choose(index: number): void {
    const item = this.#items[index];
    if (item?.whyNot !== undefined) return;
    this.close();
    item?.run();
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Tab" || event.key === "Escape") this.close();
    else {
      const next = this.#next(event.key);
      if (next === undefined) return;
      next.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #next(key: string): HTMLButtonElement | undefined {
    const buttons = this.#buttons;
    const at = buttons.findIndex((button) => button.matches(":focus"));
    switch (key) {
      case "ArrowDown":
        return buttons[(at + 1) % buttons.length];
      case "ArrowUp":
        return buttons.at(at - 1);
      case "Home":
        return buttons[0];
      case "End":
        return buttons.at(-1);
      default: {
        const begins = (button: HTMLElement) =>
          button.textContent.trim().toLowerCase().startsWith(key.toLowerCase());
        return key.length === 1 && key !== " "
          ? [...buttons.slice(at + 1), ...buttons.slice(0, at + 1)].find(begins)
          : undefined;
      }
    }
  }
}
