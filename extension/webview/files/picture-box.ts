/**
 * The element of one picture in a chat. Its size is reserved from the message, so that nothing moves when the bytes come. They are held while it is
 * near the part of the chat that is in view.
 */
import { html, nothing, render } from "lit/html.js";
import { icons } from "../icons.ts";
import { strings } from "../strings.ts";
import { onMotionChange, wantsStill } from "./motion.ts";
import type { FileName, Held, Pictures, WhyNoPicture } from "./pictures.ts";
import { pictureElement } from "./still.ts";

/** Pixels of the longest sides in a chat. */
const MAX_WIDTH = 320;
const MAX_HEIGHT = 240;
const MIN_SIDE = 32;
/** Distance from the view, in which pictures are held. */
const NEAR = "800px 0px";

export interface BoxParts {
  readonly name: FileName;
  /** By its sender's word; its bytes decide once they are here. */
  readonly width: number;
  readonly height: number;
  /** Its description or name. */
  readonly alt: string;
  /** Whether its bytes are on this computer. */
  readonly isHere: boolean;
  readonly pictures: Pictures;
  readonly open: (held: Held) => void;
}

export class PictureBox extends HTMLElement {
  #parts: BoxParts | undefined;
  #near = false;
  #plays = false;
  #drawn: string | undefined;
  #endMotion: (() => void) | undefined;

  set parts(parts: BoxParts) {
    const before = this.#parts;
    if (before !== undefined && !isSame(before.name, parts.name)) before.pictures.letGo(before.name);
    this.#parts = parts;
    const scale = Math.min(1, MAX_WIDTH / parts.width, MAX_HEIGHT / parts.height);
    this.style.setProperty("--width", `${Math.max(MIN_SIDE, Math.round(parts.width * scale))}px`);
    this.style.setProperty("--height", `${Math.max(MIN_SIDE, Math.round(parts.height * scale))}px`);
    this.#update();
  }

  connectedCallback(): void {
    observer(this.closest(".log")).observe(this);
    this.#endMotion = onMotionChange(() => this.#draw());
    this.#update();
  }

  disconnectedCallback(): void {
    nearness?.unobserve(this);
    this.#endMotion?.();
    // A row that only moves in the list is connected again at once.
    queueMicrotask(() => {
      if (!this.isConnected) this.near = false;
    });
  }

  set near(near: boolean) {
    this.#near = near;
    this.#update();
  }

  #update(): void {
    if (this.#parts === undefined) return;
    const { name, pictures, isHere } = this.#parts;
    if (this.#near && isHere) pictures.want(name, () => this.#draw());
    else pictures.letGo(name);
    this.#draw();
  }

  #draw(): void {
    if (this.#parts === undefined) return;
    const { name, alt, pictures, open } = this.#parts;
    const state = pictures.of(name);
    const still = wantsStill() && !this.#plays;
    const held = state?.kind === "held" ? state : undefined;
    const drawing = `${held?.url} ${held?.isAnimated && still} ${alt} ${state?.kind === "none" && state.why}`;
    if (this.#drawn === drawing) return;
    this.#drawn = drawing;
    if (held === undefined) {
      const why = state?.kind === "none" ? state.why : undefined;
      render(
        why === undefined ? html`<span class="picture-place">${icons.picture}</span>` : refusal(why),
        this,
      );
      return;
    }
    const failed = () => pictures.takeNone(name, "damaged");
    const element = pictureElement(held, {
      alt,
      still: held.isAnimated && still,
      side: 2 * MAX_WIDTH,
      failed,
    });
    render(
      html`<button
          type="button"
          class="picture-open"
          tabindex=${this.#tabIndex}
          title=${strings.viewPicture(alt)}
          aria-label=${strings.viewPicture(alt)}
          @click=${() => open(held)}
        >
          ${element}
        </button>
        ${held.isAnimated && wantsStill() ? this.#playView() : nothing}`,
      this,
    );
  }

  /** Returns the tab index of its row: Tab reaches only buttons of the current one (travel.ts), which may have been drawn before. */
  get #tabIndex(): number {
    return this.closest<HTMLElement>("[data-key]")?.tabIndex ?? -1;
  }

  #playView(): unknown {
    return html`<button
      type="button"
      class="secondary picture-play"
      tabindex=${this.#tabIndex}
      @click=${() => {
        this.#plays = !this.#plays;
        this.#draw();
      }}
    >
      ${this.#plays ? strings.pause : strings.play}
    </button>`;
  }
}

let nearness: IntersectionObserver | undefined;

/** @param root the list, which the page has once */
function observer(root: Element | null): IntersectionObserver {
  nearness ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries)
        if (target instanceof PictureBox) target.near = isIntersecting;
    },
    { root, rootMargin: NEAR },
  );
  return nearness;
}

function refusal(why: WhyNoPicture): unknown {
  return html`<span class="picture-place picture-none">${strings.noPicture[why]}</span>`;
}

function isSame(one: FileName, other: FileName): boolean {
  return one.id === other.id && one.item === other.item;
}

customElements.define("parley-picture", PictureBox);
