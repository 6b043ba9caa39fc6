/**
 * A picture from a peer. Any bytes yield a result; and stripped of its metadata it is the same picture, with
 * nothing more to strip.
 */
import assert from "node:assert/strict";
import { readPicture, withoutMetadata } from "../../../messenger/pictures/picture.ts";
import { PICTURES } from "../../../messenger/pictures/picture-fixture.ts";
import { type Target, utf8 } from "../target.ts";

const MAX_SIDE = 10_000;
const MAX_PIXELS = 16_000_000;

export function open(): Target {
  return {
    samples: [...PICTURES.values()],
    words: [
      ...[
        "IHDR",
        "IDAT",
        "IEND",
        "eXIf",
        "fcTL",
        "VP8X",
        "VP8L",
        "VP8 ",
        "ANMF",
        "EXIF",
        "Exif\0\0MM\0*",
      ].map(utf8),
      ...[
        [0xff, 0xd8],
        [0xff, 0xd9],
        [0xff, 0xda, 0, 2],
        [0xff, 0xc0, 0, 11],
        [0xff, 0xe1],
        [0x21, 0xfe],
        [0x2c],
        [0x3b],
      ].map((bytes) => Uint8Array.from(bytes)),
    ],
    maxBytes: 8192,
    run(input) {
      const picture = readPicture(input);
      if (picture.kind === "picture") {
        const { width, height, frames } = picture;
        assert.ok(width >= 1 && width <= MAX_SIDE && height >= 1 && height <= MAX_SIDE);
        assert.ok(width * height <= MAX_PIXELS && frames >= 1);
      }
      const bare = withoutMetadata(input);
      if (bare.kind !== "picture") {
        assert.equal(bare.kind, picture.kind);
        return;
      }
      assert.deepEqual(readPicture(bare.bytes), picture);
      const again = withoutMetadata(bare.bytes);
      assert.ok(again.kind === "picture" && Buffer.from(again.bytes).equals(bare.bytes));
    },
  };
}
