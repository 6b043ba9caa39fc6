/**
 * The orientation (EXIF 3.0, tag 0x0112), the only part of EXIF that affects how a picture is displayed. It is read from the camera's EXIF
 * data, and written into new EXIF data without any other entry.
 */
import { Bytes, PictureDamaged } from "./bytes.ts";

/** 1: as stored. 2 to 8: mirrored or rotated. 5 to 8 swap width and height. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const TAG = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** @returns the size as shown. @param stored the size of the pixel data */
export function asShown(stored: Sides, orientation: Orientation): Sides {
  return orientation >= 5 ? { width: stored.height, height: stored.width } : stored;
}

/** Reads the orientation. @param tiff EXIF data from its TIFF header on; untrusted. @returns 1 if there is no valid orientation */
export function orientationOf(tiff: Uint8Array): Orientation {
  try {
    return read(new Bytes(tiff));
  } catch (error) {
    if (error instanceof PictureDamaged) return 1;
    throw error;
  }
}

/** Reads only the first directory, so that offsets cannot cause a loop. */
function read(tiff: Bytes): Orientation {
  const order = tiff.text(0, 2);
  const little = order === "II";
  if ((!little && order !== "MM") || tiff.u16(2, little) !== 42) return 1;
  const directory = tiff.u32(4, little);
  const entries = tiff.u16(directory, little);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * ENTRY_BYTES;
    if (tiff.u16(at, little) !== TAG) continue;
    if (tiff.u16(at + 2, little) !== SHORT || tiff.u32(at + 4, little) !== 1) return 1;
    const value = tiff.u16(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** @returns EXIF data from its TIFF header on, with only this entry */
export function exifOf(orientation: Orientation): Uint8Array {
  const head = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1];
  const entry = [0x01, 0x12, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0];
  return Uint8Array.from([...head, ...entry, 0, 0, 0, 0]);
}
