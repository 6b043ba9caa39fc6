/** Makes the small picture that a message carries, so that its receiver sees something before the file is fetched. */
import { MAX_PREVIEW_BYTES, PREVIEW_SIDE } from "../contract/attachments.ts";

const QUALITIES = [0.7, 0.5, 0.3, 0.1];

/** @param picture checked by the extension. @returns a WebP or JPEG of at most MAX_PREVIEW_BYTES; undefined if none is that small */
export async function previewOf(picture: Blob): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const drawn = await createImageBitmap(picture).catch(() => undefined);
  if (drawn === undefined) return undefined;
  try {
    for (let side = PREVIEW_SIDE; side >= PREVIEW_SIDE / 8; side /= 2) {
      const canvas = scaled(drawn, side);
      for (const quality of QUALITIES) {
        const small = await encoded(canvas, quality);
        if (small !== null && small.size <= MAX_PREVIEW_BYTES)
          return new Uint8Array(await small.arrayBuffer());
      }
    }
    return undefined;
  } finally {
    drawn.close();
  }
}

function scaled(picture: ImageBitmap, side: number): HTMLCanvasElement {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/webp", quality));
}
