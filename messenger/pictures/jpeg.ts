/** JPEG (ITU-T T.81): segments of 0xFF | marker | u16 length | data, and entropy-coded bytes after each start of scan. */
import { type Bytes, counted, join, latin, PictureDamaged } from "./bytes.ts";
import type { Format } from "./format.ts";
import { asShown, exifOf, type Orientation, orientationOf } from "./orientation.ts";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
/** Markers of tables and restart intervals. */
const TABLES: ReadonlySet<number> = new Set([0xc4, 0xcc, 0xdb, 0xdd]);
const EXIF = "Exif\0\0";
const JFIF = "JFIF\0";
/** Size of an APP0 "JFIF" segment without a thumbnail, from its length on. */
const JFIF_BYTES = 16;
/** Size of an SOF segment, from its length up to the number of components. */
const FRAME_BYTES = 8;

interface Segment {
  readonly marker: number;
  /** The bytes after its length. */
  readonly data: Bytes;
  /** The segment, and the entropy-coded bytes that follow it. */
  readonly whole: Uint8Array;
}

/** Whether the marker is one of SOF0 to SOF15, whose range also includes DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Yields the segments up to EOI, or up to the end of the bytes inside a scan, as in files of a camera whose battery died. */
const segmentsOf = (bytes: Bytes) => counted(allSegments(bytes));

function* allSegments(bytes: Bytes): Generator<Segment> {
  let scanned = false;
  for (let at = 2; ; ) {
    if (scanned && at >= bytes.length) return;
    if (bytes.u8(at) !== 0xff) throw new PictureDamaged("no marker");
    while (bytes.u8(at + 1) === 0xff) at += 1; // fill bytes
    const marker = bytes.u8(at + 1);
    if (marker === EOI) return;
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= SOI)) throw new PictureDamaged("a marker out of place");
    const length = bytes.u16(at + 2);
    if (length < 2) throw new PictureDamaged("a segment's length");
    const data = bytes.part(at + 4, at + 2 + length);
    let end = at + 2 + length;
    if (marker === SOS) {
      end = endOfScan(bytes.all, end);
      scanned = true;
    }
    yield { marker, data, whole: bytes.slice(at, end) };
    at = end;
  }
}

/** @returns the index of the next marker other than a restart, or the end */
function endOfScan(all: Uint8Array, from: number): number {
  for (let at = all.indexOf(0xff, from); at >= 0; at = all.indexOf(0xff, at + 1)) {
    const next = all[at + 1];
    if (next === undefined) return all.length;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return all.length;
}

function orientationIn(segments: readonly Segment[]): Orientation {
  const exif = segments.find(({ marker, data }) => marker === APP1 && data.startsWith(EXIF));
  return exif === undefined ? 1 : orientationOf(exif.data.all.subarray(EXIF.length));
}

export const jpeg: Format = {
  type: "image/jpeg",
  begins: (bytes) => bytes.startsWith("\xff\xd8\xff"),

  size(bytes) {
    const segments = [...segmentsOf(bytes)];
    const [frame, ...others] = segments.filter(({ marker }) => isFrame(marker));
    if (frame === undefined || others.length > 0) throw new PictureDamaged("not one frame");
    if (!segments.some(({ marker }) => marker === SOS)) throw new PictureDamaged("no scan");
    if (frame.data.length < FRAME_BYTES - 2) throw new PictureDamaged("a frame's header");
    const [height, width] = [frame.data.u16(1), frame.data.u16(3)];
    // A height of 0 means that it follows after the first scan (DNL). Such files are refused.
    if (width === 0 || height === 0) throw new PictureDamaged("no size");
    return { ...asShown({ width, height }, orientationIn(segments)), frames: 1 };
  },

  bare(bytes) {
    const segments = [...segmentsOf(bytes)];
    const orientation = orientationIn(segments);
    const [first] = segments;
    const isJfif =
      first !== undefined &&
      first.marker === APP0 &&
      first.data.startsWith(JFIF) &&
      first.data.length >= JFIF_BYTES - 2;
    const parts: Uint8Array[] = [Uint8Array.of(0xff, SOI)];
    if (isJfif) parts.push(jfifWithoutThumbnail(first));
    if (orientation !== 1) parts.push(exifSegment(orientation));
    for (const segment of segments) if (isKept(segment)) parts.push(segment.whole);
    parts.push(Uint8Array.of(0xff, EOI));
    return parts;
  },
};

/** Whether the segment affects display. Of the APPn segments, only colour profile and Adobe's colour transform do. */
function isKept({ marker, data }: Segment): boolean {
  if (isFrame(marker) || TABLES.has(marker) || marker === SOS || marker === 0xdc) return true;
  return (
    (marker === APP2 && data.startsWith("ICC_PROFILE\0")) || (marker === APP14 && data.startsWith("Adobe"))
  );
}

function jfifWithoutThumbnail({ data }: Segment): Uint8Array {
  // Keeps version, unit and densities. The two zeros below are the size of the thumbnail.
  const fields = data.slice(0, JFIF_BYTES - 4);
  return join([Uint8Array.of(0xff, APP0, 0, JFIF_BYTES), fields, Uint8Array.of(0, 0)]);
}

function exifSegment(orientation: Orientation): Uint8Array {
  const data = join([latin(EXIF), exifOf(orientation)]);
  return join([Uint8Array.of(0xff, APP1, 0, data.length + 2), data]);
}
