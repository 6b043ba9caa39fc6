/** The earlier versions of an edited message, in a dialog over the chat. */
import { html, nothing, render } from "lit/html.js";
import type { PageBody } from "../../messenger/kinds/body.ts";
import type { PanelVersions } from "../contract/panel.ts";
import type { Card } from "./cards/card.ts";
import { CARDS } from "./cards/registry.ts";
import { fullDate } from "./dates.ts";
import { strings } from "./strings.ts";
import { pageWords } from "./words.ts";

export class VersionsSheet {
  readonly #place: HTMLElement;
  #opener: Element | null = null;

  /** @param place an empty element of the page */
  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Opens the dialog. @param author for display */
  show({ versions }: PanelVersions, author: string): void {
    this.#place.querySelector("dialog")?.close();
    this.#opener = document.activeElement;
    render(
      html`<dialog class="sheet" aria-labelledby="versions-title" @close=${() => this.#gone()}>
        <h2 id="versions-title">${strings.versionsTitle}</h2>
        ${versions.length === 0 ? html`<p>${strings.versionsNone}</p>` : nothing}
        <ol class="versions" tabindex="0" aria-labelledby="versions-title">
          ${versions.map(
            ({ at, body }) =>
              html`<li>
                <time datetime=${new Date(at).toISOString()}>${fullDate(at)}</time>
                <div class="body">${bodyView(body, author)}</div>
              </li>`,
          )}
        </ol>
        <div class="sheet-answers">
          <button type="button" class="secondary" autofocus @click=${() => this.#close()}>
            ${strings.safetyClose}
          </button>
        </div>
      </dialog>`,
      this.#place,
    );
    this.#place.querySelector("dialog")?.showModal();
  }

  #close(): void {
    this.#place.querySelector("dialog")?.close();
  }

  #gone(): void {
    render(nothing, this.#place);
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected)
      this.#opener.focus({ preventScroll: true });
  }
}

function bodyView(body: PageBody, author: string): unknown {
  const card: Card<PageBody> = CARDS[body.kind]; // CARDS has a card of this type for each kind
  return card.view(body, pageWords, author, undefined);
}
