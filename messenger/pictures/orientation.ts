/**
 * The one thing of a picture's EXIF that its look depends on: which way up it is (EXIF 3.0, tag 0x0112). It is read from the EXIF that a
 * camera wrote, and written into one that holds nothing else.
 */
import { Bytes, PictureDamaged } from "./bytes.ts";

/** 1: as stored. 2 to 8: mirrored or turned; from 5 on, width and height change places. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const TAG = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** @param stored the size of the picture's own data */
export function asShown(stored: Sides, orientation: Orientation): Sides {
  return orientation >= 5 ? { width: stored.height, height: stored.width } : stored;
}

/** @param tiff EXIF from its TIFF header on; foreign. @returns 1 where it says nothing, or nothing that can be read */
export function orientationOf(tiff: Uint8Array): Orientation {
  try {
    return read(new Bytes(tiff));
  } catch (error) {
    if (error instanceof PictureDamaged) return 1;
    throw error;
  }
}

/** Goes through the first directory only: no offset leads back. */
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

/** @returns EXIF from its TIFF header on, with one entry */
export function exifOf(orientation: Orientation): Uint8Array {
  const head = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1];
  const entry = [0x01, 0x12, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0];
  return Uint8Array.from([...head, ...entry, 0, 0, 0, 0]);
}
