/** One picture over the chat, with zoom. The dialog keeps the focus; after it, the focus returns to where it was. */
import { html, nothing, render } from "lit/html.js";
import { numberText } from "../../../messenger/text/times.ts";
import { icons } from "../icons.ts";
import { strings } from "../strings.ts";
import { wantsStill } from "./motion.ts";
import type { FileName } from "./pictures.ts";
import { pictureElement } from "./still.ts";

const STEP = 1.25;
const MIN_ZOOM = 0.1;
const MAX_ZOOM = 8;
/** Pixels of the first frame of an animation. */
const MAX_STILL_SIDE = 4096;

export interface ViewedPicture {
  readonly name: FileName;
  readonly blob: Blob;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly isAnimated: boolean;
  /** Its description or name. */
  readonly alt: string;
  readonly save: () => void;
}

export class Viewer {
  readonly #place: HTMLElement;
  #opener: Element | null = null;
  #shown: ViewedPicture | undefined;
  /** A `blob:` URL of its own, since the chat may let go of its one meanwhile. */
  #url = "";
  /** Screen pixels for each of the picture's; "fit": as large as fits, at most 1. */
  #zoom: number | "fit" = "fit";
  #plays = false;

  /** @param place an empty element of the page */
  constructor(place: HTMLElement) {
    this.#place = place;
    window.addEventListener("resize", () => this.#size());
  }

  open(picture: ViewedPicture): void {
    this.#opener = document.activeElement;
    this.#shown = picture;
    this.#url = URL.createObjectURL(picture.blob);
    this.#zoom = "fit";
    this.#plays = !(picture.isAnimated && wantsStill());
    this.#draw();
    this.#dialog?.showModal();
    this.#dialog?.querySelector<HTMLElement>(".viewer-area")?.focus();
    this.#size();
  }

  /** Closes it if it shows a picture of that message. */
  closeOf(id: string): void {
    if (this.#shown?.name.id === id) this.#dialog?.close();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.#place.querySelector("dialog");
  }

  #draw(): void {
    const picture = this.#shown;
    if (picture === undefined) return;
    const { alt, isAnimated, save } = picture;
    const element = pictureElement(
      { ...picture, url: this.#url },
      { alt, still: isAnimated && !this.#plays, side: MAX_STILL_SIDE, failed: () => this.#dialog?.close() },
    );
    render(
      html`<dialog
        class="viewer"
        aria-label=${strings.picture(alt)}
        @close=${() => this.#gone()}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      >
        <div class="viewer-bar" role="toolbar" aria-label=${strings.zoom}>
          ${button(strings.zoomOut, icons.minus, () => this.#by(1 / STEP))}
          <output class="viewer-zoom" aria-live="polite"></output>
          ${button(strings.zoomIn, icons.plus, () => this.#by(STEP))}
          ${textButton(strings.zoomFit, () => this.#to("fit"))}
          ${textButton(strings.zoomWhole, () => this.#to(1))}
          ${isAnimated ? textButton(this.#plays ? strings.pause : strings.play, () => this.#play()) : nothing}
          <span class="viewer-gap"></span>
          ${textButton(strings.saveAs, save)}
          ${button(strings.safetyClose, icons.close, () => this.#dialog?.close())}
        </div>
        <div
          class="viewer-area"
          tabindex="0"
          role="group"
          aria-label=${strings.picture(alt)}
          @wheel=${(event: WheelEvent) => this.#wheel(event)}
        >
          ${element}
        </div>
      </dialog>`,
      this.#place,
    );
  }

  #play(): void {
    this.#plays = !this.#plays;
    this.#draw();
    this.#size();
  }

  #to(zoom: number | "fit"): void {
    this.#zoom = zoom;
    this.#size();
  }

  #by(factor: number): void {
    this.#to(Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, this.#scale * factor)));
  }

  /** Returns screen pixels for each of the picture's. */
  get #scale(): number {
    if (this.#zoom !== "fit") return this.#zoom;
    const area = this.#dialog?.querySelector(".viewer-area");
    const picture = this.#shown;
    if (!area || picture === undefined) return 1;
    return Math.min(1, area.clientWidth / picture.width, area.clientHeight / picture.height);
  }

  /** Keeps the middle of the view where it is. */
  #size(): void {
    const area = this.#dialog?.querySelector<HTMLElement>(".viewer-area");
    const element = area?.querySelector<HTMLElement>("img, canvas");
    if (!area || !element || this.#shown === undefined) return;
    const [x, y] = [
      (area.scrollLeft + area.clientWidth / 2) / Math.max(1, area.scrollWidth),
      (area.scrollTop + area.clientHeight / 2) / Math.max(1, area.scrollHeight),
    ];
    const scale = this.#scale;
    element.style.width = `${Math.max(1, Math.round(this.#shown.width * scale))}px`;
    element.style.height = `${Math.max(1, Math.round(this.#shown.height * scale))}px`;
    area.scrollLeft = x * area.scrollWidth - area.clientWidth / 2;
    area.scrollTop = y * area.scrollHeight - area.clientHeight / 2;
    const output = this.#dialog?.querySelector("output");
    if (output) output.textContent = strings.percent(numberText(Math.round(scale * 100)));
  }

  #key(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    if (key === "+" || key === "=") this.#by(STEP);
    else if (key === "-" || key === "_") this.#by(1 / STEP);
    else if (key === "0") this.#to("fit");
    else if (key === "1") this.#to(1);
    else return;
    event.preventDefault();
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#by(event.deltaY < 0 ? STEP : 1 / STEP);
  }

  #gone(): void {
    render(nothing, this.#place);
    URL.revokeObjectURL(this.#url);
    this.#shown = undefined;
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected)
      this.#opener.focus({ preventScroll: true });
  }
}

function button(label: string, icon: unknown, press: () => void): unknown {
  return html`<button type="button" class="quiet icon-only" title=${label} aria-label=${label} @click=${press}>
    ${icon}
  </button>`;
}

function textButton(label: string, press: () => void): unknown {
  return html`<button type="button" class="quiet" @click=${press}>${label}</button>`;
}
