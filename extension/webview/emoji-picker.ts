/**
 * The picker for reactions: a search by name and a grid. The search keeps the focus; arrow keys move through the grid (WAI-ARIA
 * "combobox" with a grid).
 */
import { html, nothing, render } from "lit/html.js";
import { choicesFor, type Emoji } from "./emoji.ts";
import { placeAt } from "./placing.ts";
import { strings } from "./strings.ts";

const GRID_ID = "emoji-grid";
const COLUMNS = 8;
/** As many as a person looks through: a search finds the others. */
const MAX_CELLS = 16 * COLUMNS;

export interface PickerChoice {
  /** The emoji to offer first. */
  readonly first: readonly string[];
  /** The user's present reactions. */
  readonly mine: readonly string[];
  readonly choose: (choice: Emoji) => void;
}

export class EmojiPicker {
  readonly #place: HTMLElement;
  #choice: PickerChoice | undefined;
  #opener: HTMLElement | undefined;
  #query = "";
  #active = 0;

  /** @param place an empty element of the page */
  constructor(place: HTMLElement) {
    this.#place = place;
    document.addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !place.contains(target)) this.close();
    });
    for (const type of ["blur", "resize"] as const) window.addEventListener(type, () => this.close());
  }

  /** Opens the picker at `anchor`. The focus returns to the element that has it now. */
  open(anchor: HTMLElement, choice: PickerChoice): void {
    this.close();
    const { activeElement } = document;
    this.#opener =
      activeElement instanceof HTMLElement && activeElement !== document.body ? activeElement : anchor;
    this.#choice = choice;
    this.#query = "";
    this.#active = 0;
    this.#draw();
    const picker = this.#place.firstElementChild;
    if (picker instanceof HTMLElement) placeAt(picker, anchor);
    this.#place.querySelector("input")?.focus({ preventScroll: true });
  }

  close(): void {
    if (this.#choice === undefined) return;
    const inside = this.#place.contains(document.activeElement);
    this.#choice = undefined;
    if (inside) this.#opener?.focus({ preventScroll: true });
    render(nothing, this.#place);
  }

  get #found(): readonly Emoji[] {
    return choicesFor(this.#query, this.#choice?.first ?? []).slice(0, MAX_CELLS);
  }

  #choose(emoji: Emoji | undefined): void {
    const choice = this.#choice;
    if (emoji === undefined || choice === undefined) return;
    this.close();
    choice.choose(emoji);
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const found = this.#found;
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: COLUMNS,
      ArrowUp: -COLUMNS,
    };
    const step = steps[event.key];
    if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (event.key === "Enter") this.#choose(found[this.#active]);
    else if (step === undefined) return;
    else {
      const next = this.#active + step;
      if (next >= 0 && next < found.length) this.#active = next;
      this.#draw();
      this.#place.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #draw(): void {
    const choice = this.#choice;
    if (choice === undefined) return;
    const found = this.#found;
    const rows = Array.from({ length: Math.ceil(found.length / COLUMNS) }, (_, row) =>
      found.slice(row * COLUMNS, (row + 1) * COLUMNS),
    );
    render(
      html`<div class="picker" role="dialog" aria-label=${strings.picker}>
        <input
          type="text"
          role="combobox"
          aria-label=${strings.pickerSearch}
          aria-expanded="true"
          aria-haspopup="grid"
          aria-controls=${GRID_ID}
          aria-activedescendant=${found.length === 0 ? nothing : `${GRID_ID}-${this.#active}`}
          autocomplete="off"
          placeholder=${strings.pickerSearch}
          @input=${({ target }: Event) => {
            this.#query = target instanceof HTMLInputElement ? target.value : "";
            this.#active = 0;
            this.#draw();
          }}
          @keydown=${(event: KeyboardEvent) => this.#key(event)}
        />
        <div class="picker-grid" role="grid" id=${GRID_ID} aria-label=${strings.emojiList}>
          ${rows.map(
            (cells, row) =>
              html`<div role="row">
                ${cells.map((emoji, column) => this.#cell(emoji, row * COLUMNS + column, choice))}
              </div>`,
          )}
        </div>
        ${
          found.length === 0
            ? html`<p class="picker-note">${strings.pickerNone}</p>`
            : html`<p class="picker-note" aria-hidden="true">:${found[this.#active]?.name ?? ""}:</p>`
        }
      </div>`,
      this.#place,
    );
  }

  #cell(emoji: Emoji, index: number, { mine }: PickerChoice) {
    const isMine = mine.includes(emoji.emoji);
    const name = strings.emojiName(emoji.name);
    return html`<div
      role="gridcell"
      id=${`${GRID_ID}-${index}`}
      class=${isMine ? "mine" : ""}
      aria-selected=${index === this.#active}
      aria-label=${isMine ? strings.pickerMine(name) : name}
      title=${`:${emoji.name}:`}
      @mousedown=${(event: Event) => event.preventDefault()}
      @click=${() => this.#choose(emoji)}
    >
      ${emoji.emoji}
    </div>`;
  }
}
