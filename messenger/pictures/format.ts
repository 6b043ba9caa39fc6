/** The interface of a picture type. Each type is a file in this folder. */
import type { Bytes } from "./bytes.ts";
import type { Sides } from "./orientation.ts";

export const pictureTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;
export type PictureType = (typeof pictureTypes)[number];

/** The size as shown, after applying the orientation. */
export interface PictureSize extends Sides {
  /** The number of frames; 1 if it is not animated. */
  readonly frames: number;
}

/** Reads one type of picture. `size` and `bare` throw PictureDamaged. */
export interface Format {
  readonly type: PictureType;
  /** Returns whether the bytes begin with the signature of this type. */
  readonly begins: (bytes: Bytes) => boolean;
  readonly size: (bytes: Bytes) => PictureSize;
  /** @returns the parts of the same picture without metadata */
  readonly bare: (bytes: Bytes) => readonly Uint8Array[];
}
