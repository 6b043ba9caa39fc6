/** The interface to one type of picture; each type is a file beside this one. */
import type { Bytes } from "./bytes.ts";
import type { Sides } from "./orientation.ts";

export type PictureType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** As it is shown: turned as its EXIF says. */
export interface PictureSize extends Sides {
  /** 1: it stands still. */
  readonly frames: number;
}

/** How one type of picture is read. Both throw PictureDamaged. */
export interface Format {
  readonly type: PictureType;
  /** Whether the bytes begin as one. */
  readonly begins: (bytes: Bytes) => boolean;
  readonly size: (bytes: Bytes) => PictureSize;
  /** @returns the parts of the same picture without metadata */
  readonly bare: (bytes: Bytes) => readonly Uint8Array[];
}
