/**
 * Pictures by their bytes, never by their sender's word: of which type they are, how large they get, and the same picture without what its
 * camera or program wrote beside it. Nothing is decoded: the page gets no picture whose size and frames are not known and within bounds.
 */
import { Bytes, join, PictureDamaged } from "./bytes.ts";
import type { Format, PictureSize, PictureType } from "./format.ts";
import { gif } from "./gif.ts";
import { jpeg } from "./jpeg.ts";
import { png } from "./png.ts";
import { webp } from "./webp.ts";

/** Largest picture that is shown: a screen of 4000 × 4000. Decoded, it takes 64 MB. */
const MAX_PIXELS = 16_000_000;
/** No graphics card has to hold a longer side. */
const MAX_SIDE = 10_000;
/** Frames of an animation, in all: a minute at 50 a second, */
const MAX_FRAMES = 3000;
/** and their pixels, each of which is drawn: 800 × 600 for eleven minutes at one a second. */
const MAX_FRAME_PIXELS = 320_000_000;

const FORMATS: readonly Format[] = [png, jpeg, gif, webp];

export type Picture =
  | (PictureSize & { readonly kind: "picture"; readonly type: PictureType })
  /** Not PNG, JPEG, GIF or WebP: shown as a plain file. */
  | { readonly kind: "no-picture" }
  /** It begins as a picture and goes on as something else, or is cut short. */
  | { readonly kind: "damaged"; readonly type: PictureType }
  /** It would take too much memory or time to draw. */
  | { readonly kind: "too-large"; readonly type: PictureType };

/** @param bytes all of the file; foreign */
export function readPicture(bytes: Uint8Array): Picture {
  return withFormat(bytes, (format, all) => {
    const { type } = format;
    const size = format.size(all);
    return fits(size) ? { kind: "picture", type, ...size } : { kind: "too-large", type };
  });
}

/** The same picture without metadata: EXIF but for the orientation, XMP, IPTC, comments, thumbnails, bytes behind its end. */
export type BarePicture =
  | { readonly kind: "picture"; readonly type: PictureType; readonly bytes: Uint8Array<ArrayBuffer> }
  | Exclude<Picture, { readonly kind: "picture" | "too-large" }>;

/**
 * Cuts metadata. Pixels, colour profile and orientation stay; nothing is compressed anew.
 * @param bytes all of the file. @returns "damaged" where metadata can't be told from the rest: it may then still be in the file
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
