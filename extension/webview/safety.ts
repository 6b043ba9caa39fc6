/**
 * The safety number, large and over the chat, for comparing it group by group in person or on a call. The user can confirm a match only
 * after all groups were on screen and the box "compared each group" is checked. Until then, no key confirms.
 */
import { html, nothing, render, type TemplateResult } from "lit/html.js";
import type { PageMessage } from "../contract/page-message.ts";
import type { PanelSafety } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { strings } from "./strings.ts";

type Answer = Extract<PageMessage, { type: "safety" }>["answer"];

interface Shown {
  readonly safety: PanelSafety;
  readonly peer: string;
  readonly groups: readonly string[];
  /** Indexes of the groups that were on screen. */
  readonly seen: Set<number>;
  compared: boolean;
}

export class SafetySheet {
  readonly #place: HTMLElement;
  readonly #host: Host;
  #shown: Shown | undefined;
  /** The element that had the focus before. */
  #opener: HTMLElement | undefined;
  #observer: IntersectionObserver | undefined;

  /** @param place an empty element of the page */
  constructor(place: HTMLElement, host: Host) {
    this.#place = place;
    this.#host = host;
  }

  /** Opens the dialog with a safety number. @param peer the name, with hidden characters made visible */
  show(safety: PanelSafety, peer: string): void {
    this.close();
    const { activeElement } = document;
    this.#opener = activeElement instanceof HTMLElement ? activeElement : undefined;
    const groups = safety.number.match(/\d{5}/g) ?? [];
    this.#shown = { safety, peer, groups, seen: new Set(), compared: false };
    this.#draw();
    const dialog = this.#place.querySelector("dialog");
    dialog?.showModal();
    this.#group(0)?.focus();
    this.#watch();
  }

  /**
   * Closes without an answer. A dialog that the browser closes gives the focus back while the rest of the page is still inert: the text
   * field then has the focus, but after a click in the dialog no caret, and drops typed letters.
   */
  close(): void {
    if (this.#shown === undefined) return;
    this.#observer?.disconnect();
    this.#shown = undefined;
    render(nothing, this.#place);
    this.#opener?.focus({ preventScroll: true });
    this.#opener = undefined;
  }

  #group(index: number): HTMLElement | undefined {
    return this.#place.querySelectorAll<HTMLElement>(".safety-group")[index];
  }

  #watch(): void {
    const groups = [...this.#place.querySelectorAll(".safety-group")];
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries)
          if (isIntersecting) this.#shown?.seen.add(groups.indexOf(target));
        this.#draw();
      },
      { threshold: 0.9 },
    );
    for (const group of groups) this.#observer.observe(group);
  }

  #answer(answer: Answer): void {
    const number = this.#shown?.safety.number;
    this.close();
    if (number !== undefined) this.#host.post({ type: "safety", answer, number });
  }

  /** Moves from group to group by arrow keys, so that a user who reads them aloud does not lose the place. */
  #key(event: KeyboardEvent): void {
    const groups = [...this.#place.querySelectorAll<HTMLElement>(".safety-group")];
    const { activeElement } = document;
    const at = activeElement instanceof HTMLElement ? groups.indexOf(activeElement) : -1;
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const columns = groups.findIndex((group) => group.offsetTop !== groups[0]?.offsetTop);
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + columns,
      ArrowUp: at - columns,
      Home: 0,
      End: groups.length - 1,
    };
    const to = groups[steps[event.key] ?? -1];
    if (!(event.key in steps)) return;
    event.preventDefault();
    to?.focus();
  }

  #draw(): void {
    const shown = this.#shown;
    if (shown === undefined) return;
    const { safety, peer, groups } = shown;
    const { verified } = safety;
    render(
      html`<dialog
        class="safety"
        aria-labelledby="safety-title"
        aria-describedby="safety-why"
        @cancel=${(event: Event) => {
          event.preventDefault();
          this.close();
        }}
      >
        <h2 id="safety-title">
          ${verified ? strings.safetyVerifiedTitle(peer) : strings.safetyTitle(peer)}
        </h2>
        <p id="safety-why">${strings.safetyWhy(peer)}</p>
        <ol
          class="safety-number"
          aria-label=${strings.safetyGroups}
          @keydown=${(event: KeyboardEvent) => this.#key(event)}
        >
          ${groups.map(
            (digits, index) =>
              html`<li
                class="safety-group"
                tabindex=${index === 0 ? 0 : -1}
                aria-label=${strings.safetyGroup(index + 1, groups.length, digits)}
              >
                ${digits}
              </li>`,
          )}
        </ol>
        ${verified ? this.#verified() : this.#comparing(shown)}
        <div class="safety-more">
          ${button("link", strings.safetyCopy, () => this.#host.post({ type: "copy", text: lines(groups) }))}
          ${verified ? nothing : button("link", strings.safetyPaste, () => this.#answer("paste"))}
        </div>
        <p class="safety-keys">${strings.myKey(safety.mine)}<br />${strings.theirKey(peer, safety.theirs)}</p>
      </dialog>`,
      this.#place,
    );
  }

  #comparing(shown: Shown): TemplateResult {
    const whole = shown.groups.length > 0 && shown.seen.size === shown.groups.length;
    const tick = ({ target }: Event) => {
      shown.compared = target instanceof HTMLInputElement && target.checked;
      this.#draw();
    };
    return html`<label class="safety-compared">
        <input
          type="checkbox"
          ?disabled=${!whole}
          aria-describedby=${whole ? nothing : "safety-scroll"}
          @change=${tick}
        /><span>${strings.safetyCompared(shown.peer)}</span>
      </label>
      ${whole ? nothing : html`<p id="safety-scroll" class="safety-scroll">${strings.safetyScroll}</p>`}
      <div class="safety-answers">
        ${button("primary", strings.safetyMatch, () => this.#answer("match"), !(whole && shown.compared))}
        ${button("secondary", strings.safetyDiffer, () => this.#answer("differ"))}
        ${button("secondary", strings.safetyLater, () => this.close())}
      </div>`;
  }

  #verified(): TemplateResult {
    return html`<div class="safety-answers">
      ${button("secondary", strings.safetyClose, () => this.close())}
      ${button("secondary", strings.safetyClear, () => this.#answer("clear"))}
    </div>`;
  }
}

function button(kind: string, label: string, press: () => void, disabled = false): TemplateResult {
  return html`<button type="button" class=${kind} ?disabled=${disabled} @click=${press}>${label}</button>`;
}

/** @returns the number for the clipboard: three lines of four groups */
function lines(groups: readonly string[]): string {
  return [0, 4, 8].map((start) => groups.slice(start, start + 4).join("  ")).join("\n");
}
