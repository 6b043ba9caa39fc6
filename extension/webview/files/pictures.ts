/** The pictures that the page holds: asked of the extension when they come into view, and let go when they leave it. */
import type { HostMessage, PicturePart } from "../../contract/panel.ts";
import type { Host } from "../host.ts";

/** A file by its message and its number there. */
export interface FileName {
  readonly id: string;
  readonly item: number;
}
export type WhyNoPicture = Extract<HostMessage, { type: "noPicture" }>["why"];

export interface Held {
  readonly kind: "held";
  readonly blob: Blob;
  /** A `blob:` URL, which holds until the picture is let go. */
  readonly url: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly isAnimated: boolean;
}
export type PictureState =
  | { readonly kind: "coming"; readonly parts: readonly Uint8Array<ArrayBuffer>[]; readonly bytes: number }
  | { readonly kind: "none"; readonly why: WhyNoPicture }
  | Held;

export class Pictures {
  readonly #host: Host;
  readonly #states = new Map<string, PictureState>();
  readonly #watchers = new Map<string, () => void>();

  constructor(host: Host) {
    this.#host = host;
  }

  of(name: FileName): PictureState | undefined {
    return this.#states.get(keyOf(name));
  }

  /** Asks for a picture, once. @param changed called when its state changes, until it is let go */
  want(name: FileName, changed: () => void): void {
    const key = keyOf(name);
    this.#watchers.set(key, changed);
    if (this.#states.has(key)) return;
    this.#states.set(key, { kind: "coming", parts: [], bytes: 0 });
    this.#host.post({ type: "picture", ...name });
  }

  letGo(name: FileName): void {
    const key = keyOf(name);
    const state = this.#states.get(key);
    this.#watchers.delete(key);
    if (state === undefined) return;
    this.#states.delete(key);
    if (state.kind === "held") URL.revokeObjectURL(state.url);
    if (state.kind !== "none") this.#host.post({ type: "pictureGone", ...name });
  }

  take({ id, item, offset, size, data, media, width, height, frames }: PicturePart): void {
    const key = keyOf({ id, item });
    const state = this.#states.get(key);
    // One that was let go meanwhile, or a repeated part.
    if (state?.kind !== "coming" || offset !== state.bytes) return;
    const parts = [...state.parts, new Uint8Array(data)];
    const bytes = state.bytes + data.length;
    if (bytes < size) {
      this.#states.set(key, { kind: "coming", parts, bytes });
      return;
    }
    const blob = new Blob(parts, { type: media });
    const url = URL.createObjectURL(blob);
    this.#set(key, { kind: "held", blob, url, width, height, isAnimated: frames > 1 });
  }

  /** Notes that a picture can't be shown. */
  takeNone({ id, item }: FileName, why: WhyNoPicture): void {
    const name = { id, item };
    const key = keyOf(name);
    const state = this.#states.get(key);
    if (state === undefined) return;
    if (state.kind === "held") {
      URL.revokeObjectURL(state.url);
      this.#host.post({ type: "pictureGone", ...name });
    }
    this.#set(key, { kind: "none", why });
  }

  #set(key: string, state: PictureState): void {
    this.#states.set(key, state);
    this.#watchers.get(key)?.();
  }
}

function keyOf({ id, item }: FileName): string {
  return `${id} ${item}`;
}
