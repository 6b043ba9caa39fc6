/** The list above the composer that completes emoji names. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { type Begun, type Emoji, emojiBegun } from "./emoji.ts";
import { strings } from "./strings.ts";

export const EMOJI_LIST_ID = "emoji-list";

export class EmojiList {
  readonly #changed: () => void;
  #begun: Begun | undefined;
  #chosen = 0;
  #dismissed: string | undefined;

  /** @param changed called when the list has to be redrawn */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Returns the id of the active option; undefined while there is no list. */
  get chosenId(): string | undefined {
    return this.#begun && `${EMOJI_LIST_ID}-${this.#chosen}`;
  }

  /** Updates the list for the text before the cursor. Replaces a complete name by its emoji at once. */
  edited(area: HTMLTextAreaElement): void {
    const begun =
      area.selectionStart === area.selectionEnd
        ? emojiBegun(area.value.slice(0, area.selectionEnd))
        : undefined;
    if (begun?.written !== this.#dismissed) this.#dismissed = undefined;
    this.#begun = this.#dismissed === undefined ? begun : undefined;
    this.#chosen = 0;
    if (begun?.whole) this.#take(area, begun.choices[0]);
  }

  close(): void {
    this.#begun = undefined;
  }

  /** @returns whether the list handled the key */
  key(event: KeyboardEvent, area: HTMLTextAreaElement): boolean {
    const choices = this.#begun?.choices;
    if (choices === undefined || event.isComposing || event.ctrlKey || event.metaKey || event.altKey)
      return false;
    switch (event.key) {
      case "ArrowDown":
        this.#chosen = (this.#chosen + 1) % choices.length;
        break;
      case "ArrowUp":
        this.#chosen = (this.#chosen + choices.length - 1) % choices.length;
        break;
      case "Enter":
      case "Tab":
        if (event.shiftKey) return false;
        this.#take(area, choices[this.#chosen]);
        break;
      case "Escape":
        this.#dismissed = this.#begun?.written;
        this.#begun = undefined;
        break;
      default:
        return false;
    }
    event.preventDefault();
    this.#changed();
    return true;
  }

  view(area: HTMLTextAreaElement | null): TemplateResult | typeof nothing {
    if (this.#begun === undefined || area === null) return nothing;
    return html`<div class="emoji-list" id=${EMOJI_LIST_ID} role="listbox" aria-label=${strings.emojiList}>
      ${this.#begun.choices.map(
        (choice, index) =>
          html`<div
            role="option"
            id=${`${EMOJI_LIST_ID}-${index}`}
            aria-selected=${index === this.#chosen}
            aria-label=${strings.emojiName(choice.name)}
            @mousedown=${(event: Event) => {
              event.preventDefault();
              this.#take(area, choice);
              this.#changed();
            }}
          >
            <span aria-hidden="true">${choice.emoji}</span> :${choice.name}:
          </div>`,
      )}
    </div>`;
  }

  /** Replaces the name by the emoji. Undo restores the name. */
  #take(area: HTMLTextAreaElement, choice: Emoji | undefined): void {
    const written = this.#begun?.written;
    this.#begun = undefined;
    if (choice === undefined || written === undefined) return;
    area.setSelectionRange(area.selectionEnd - written.length, area.selectionEnd);
    // Deprecated, but the only way to change a text area that Undo can revert.
    document.execCommand("insertText", false, choice.emoji);
  }
}
