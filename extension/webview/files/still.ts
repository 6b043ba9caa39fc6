/** Draws a picture: as it is or, for people who want less motion, the first frame of an animation. */
import type { Held } from "./pictures.ts";

export interface Drawing {
  readonly alt: string;
  /** Whether to draw the first frame alone. */
  readonly still: boolean;
  /** The longest side of that frame in pixels. */
  readonly side: number;
  /** Called where the browser can't decode the picture. */
  readonly failed: () => void;
}

/** Returns an element with the picture. */
export function pictureElement(
  { blob, url, width, height }: Omit<Held, "kind" | "isAnimated">,
  { alt, still, side, failed }: Drawing,
): HTMLElement {
  if (!still) {
    const image = new Image(width, height);
    image.alt = alt;
    image.draggable = false;
    image.decoding = "async";
    image.addEventListener("error", failed);
    image.src = url;
    return image;
  }
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", alt);
  // Of an animation, this decodes the first frame.
  createImageBitmap(blob).then((frame) => {
    canvas.getContext("2d")?.drawImage(frame, 0, 0, canvas.width, canvas.height);
    frame.close();
  }, failed);
  return canvas;
}
