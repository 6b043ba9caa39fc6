/**
 * Reads type and size of pictures from their bytes, not from the sender's claims, and removes metadata. Nothing is decoded. Only pictures
 * whose size and frames are known and within bounds reach the page.
 */
import { Bytes, join, PictureDamaged } from "./bytes.ts";
import type { Format, PictureSize, PictureType } from "./format.ts";
import { gif } from "./gif.ts";
import { jpeg } from "./jpeg.ts";
import { png } from "./png.ts";
import { webp } from "./webp.ts";

/** The most pixels of a picture that is shown, such as 4000 × 4000. Decoded, they take 64 MB. */
const MAX_PIXELS = 16_000_000;
/** The longest side in pixels, below the limits of graphics cards. */
const MAX_SIDE = 10_000;
/** The most frames of an animation: a minute at 50 per second. */
const MAX_FRAMES = 3000;
/** The most pixels in all frames together: 800 × 600 for eleven minutes at one frame per second. */
const MAX_FRAME_PIXELS = 320_000_000;

const FORMATS: readonly Format[] = [png, jpeg, gif, webp];

export type Picture =
  | (PictureSize & { readonly kind: "picture"; readonly type: PictureType })
  /** Not a PNG, JPEG, GIF or WebP. It is shown as a file. */
  | { readonly kind: "no-picture" }
  /** It begins like a picture but is invalid or incomplete. */
  | { readonly kind: "damaged"; readonly type: PictureType }
  /** Drawing it would take too much memory or time. */
  | { readonly kind: "too-large"; readonly type: PictureType };

/** Reads type, size and frames of a picture. @param bytes the whole file; untrusted */
export function readPicture(bytes: Uint8Array): Picture {
  return withFormat(bytes, (format, all) => {
    const { type } = format;
    const size = format.size(all);
    return fits(size) ? { kind: "picture", type, ...size } : { kind: "too-large", type };
  });
}

/** A picture without metadata: EXIF except the orientation, XMP, IPTC, comments, thumbnails, and bytes after its end. */
export type BarePicture =
  | { readonly kind: "picture"; readonly type: PictureType; readonly bytes: Uint8Array<ArrayBuffer> }
  | Exclude<Picture, { readonly kind: "picture" | "too-large" }>;

/**
 * Removes metadata. Keeps pixels, colour profile and orientation, and does not recompress.
 * @param bytes the whole file. @returns "damaged" if metadata cannot be identified, so that it could not be removed
 */
export function withoutMetadata(bytes: Uint8Array): BarePicture {
  return withFormat(bytes, (format, all) => ({
    kind: "picture",
    type: format.type,
    bytes: join(format.bare(all)),
  }));
}

function withFormat<Result>(
  bytes: Uint8Array,
  work: (format: Format, all: Bytes) => Result,
): Result | { readonly kind: "no-picture" } | { readonly kind: "damaged"; readonly type: PictureType } {
  const all = new Bytes(bytes);
  const format = FORMATS.find(({ begins }) => begins(all));
  if (format === undefined) return { kind: "no-picture" };
  try {
    return work(format, all);
  } catch (error) {
    if (error instanceof PictureDamaged) return { kind: "damaged", type: format.type };
    throw error;
  }
}

function fits({ width, height, frames }: PictureSize): boolean {
  const pixels = width * height;
  return (
    width <= MAX_SIDE &&
    height <= MAX_SIDE &&
    pixels <= MAX_PIXELS &&
    frames <= MAX_FRAMES &&
    (frames === 1 || frames * pixels <= MAX_FRAME_PIXELS)
  );
}
