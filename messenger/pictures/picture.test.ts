import assert from "node:assert/strict";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { exifOf, type Orientation, orientationOf } from "./orientation.ts";
import { type Picture, readPicture, withoutMetadata } from "./picture.ts";
import {
  extended,
  frameHeader,
  gifFrame,
  gifOf,
  ihdr,
  jpegOf,
  jpegSegment,
  lossless,
  PICTURES,
  pictureFile,
  pngChunk,
  pngOf,
  SCAN,
  webpChunk,
  webpFrame,
  webpOf,
} from "./picture-fixture.ts";

const latin = (text: string) => Buffer.from(text, "latin1");
const CANARY = "CANARY";
const IDAT = pngChunk("IDAT");
const IEND = pngChunk("IEND");

function bare(bytes: Uint8Array): Buffer {
  const cut = withoutMetadata(bytes);
  assert.equal(cut.kind, "picture");
  return cut.kind === "picture" ? Buffer.from(cut.bytes) : assert.fail();
}
const kindOf = (bytes: Uint8Array) => readPicture(bytes).kind;

/** Asserts the properties that hold for any bytes at all. */
function holds(bytes: Uint8Array): void {
  const picture = readPicture(bytes);
  const cut = withoutMetadata(bytes);
  if (picture.kind === "no-picture") assert.equal(cut.kind, "no-picture");
  if (cut.kind !== "picture") {
    assert.ok(picture.kind === cut.kind, `${picture.kind}, ${cut.kind}`);
    return;
  }
  // The result may be a few bytes longer, by an end marker or new EXIF data.
  assert.ok(cut.bytes.length <= bytes.length + 60);
  assert.deepEqual(readPicture(cut.bytes), picture);
  assert.deepEqual(bare(cut.bytes), Buffer.from(cut.bytes));
}

describe("a picture", () => {
  const table: Readonly<Record<string, Picture>> = {
    "turned.jpg": { kind: "picture", type: "image/jpeg", width: 32, height: 48, frames: 1 },
    "progressive.jpg": { kind: "picture", type: "image/jpeg", width: 48, height: 32, frames: 1 },
    "turned.png": { kind: "picture", type: "image/png", width: 32, height: 48, frames: 1 },
    "animated.gif": { kind: "picture", type: "image/gif", width: 20, height: 10, frames: 3 },
    "turned.webp": { kind: "picture", type: "image/webp", width: 48, height: 32, frames: 1 },
    "animated.webp": { kind: "picture", type: "image/webp", width: 20, height: 10, frames: 3 },
    "plain-lossy.webp": { kind: "picture", type: "image/webp", width: 48, height: 32, frames: 1 },
    "plain-lossless.webp": { kind: "picture", type: "image/webp", width: 48, height: 32, frames: 1 },
  };
  it("has all its files in the table", () =>
    assert.deepEqual([...PICTURES.keys()].toSorted(), Object.keys(table).toSorted()));

  for (const [name, expected] of Object.entries(table)) {
    it(`is recognized by its bytes: ${name}`, () =>
      assert.deepEqual(readPicture(pictureFile(name)), expected));

    it(`has no metadata left, and the same size: ${name}`, () => {
      const bytes = pictureFile(name);
      if (!name.startsWith("plain")) assert.ok(Buffer.from(bytes).includes(CANARY));
      assert.ok(!bare(bytes).includes(CANARY));
      holds(bytes);
    });

    it(`is read at any cut, and with any bit changed: ${name}`, () => {
      const bytes = pictureFile(name);
      for (let end = 0; end < bytes.length; end++) holds(bytes.subarray(0, end));
      for (let at = 0; at < Math.min(bytes.length, 700); at++)
        for (const bit of [1, 0x80]) {
          const changed = Uint8Array.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ bit;
          holds(changed);
        }
    });
  }

  it("is not recognized in other types, in empty files and in incomplete signatures", () => {
    for (const text of [
      "",
      "\x89",
      "GIF",
      "GIF88a",
      "RIFF",
      "RIFF\0\0\0\0WAVE",
      "<svg xmlns='http://www.w3.org/2000/svg'/>",
      "BM",
      "\0\0\x01\0",
      "\xff\xd8",
      "II*\0",
      "\0\0\0\x20ftypavif",
    ])
      assert.equal(kindOf(latin(text)), "no-picture", JSON.stringify(text));
  });

  const damaged: readonly (readonly [string, Uint8Array])[] = [
    ["a PNG of its signature alone", pngOf()],
    ["a PNG whose size comes second", pngOf(IDAT, ihdr(1, 1), IEND)],
    ["a PNG with two sizes", pngOf(ihdr(1, 1), ihdr(9999, 9999), IDAT, IEND)],
    ["a PNG without a picture", pngOf(ihdr(1, 1), IEND)],
    ["a PNG without an end", pngOf(ihdr(1, 1), IDAT)],
    ["a PNG of no width", pngOf(ihdr(0, 1), IDAT, IEND)],
    ["a PNG with a chunk of 4 GiB", pngOf(ihdr(1, 1), latin("\xff\xff\xff\xffIDAT"), IEND)],
    ["a PNG with a critical chunk that nobody knows", pngOf(ihdr(1, 1), pngChunk("CgBI"), IDAT, IEND)],
    ["a PNG with a chunk without a name", pngOf(ihdr(1, 1), pngChunk("I\0AT"), IEND)],
    ["a JPEG with two sizes", jpegOf(frameHeader(1, 1), frameHeader(9999, 9999), SCAN)],
    ["a JPEG without one", jpegOf(SCAN)],
    ["a JPEG without a scan", jpegOf(frameHeader(1, 1))],
    ["a JPEG whose height comes later", jpegOf(frameHeader(1, 0), SCAN)],
    ["a JPEG with a segment shorter than its length", jpegOf(Buffer.of(0xff, 0xe1, 0, 1))],
    ["a JPEG in a JPEG's segments", jpegOf(Buffer.of(0xff, 0xd8), frameHeader(1, 1), SCAN)],
    ["a JPEG with something between its segments", jpegOf(frameHeader(1, 1), latin("x"), SCAN)],
    ["a GIF without a frame", gifOf(1, 1)],
    ["a GIF with a block of an unknown kind", gifOf(1, 1, gifFrame(1, 1), Buffer.of(0x99))],
    ["a GIF whose colours are missing", latin("GIF89a\x01\0\x01\0\xf7\0\0")],
    ["a WebP of nothing", webpOf()],
    ["a WebP of two pictures", webpOf(lossless(1, 1), lossless(9999, 9999))],
    ["a WebP whose canvas hides a larger picture", webpOf(extended(1, 1), lossless(9999, 9999))],
    [
      "a WebP whose canvas hides a larger frame",
      webpOf(extended(1, 1, 2), webpFrame(1, 1, lossless(9999, 9999))),
    ],
    ["a WebP whose frame is over the edge", webpOf(extended(4, 4, 2), webpFrame(4, 4, lossless(4, 4), 2))],
    [
      "a WebP whose frames hide a larger picture",
      webpOf(extended(1, 1), webpFrame(1, 1, lossless(1, 1)), lossless(9999, 9999)),
    ],
    ["a WebP with a chunk of 4 GiB", webpOf(latin("VP8L\xff\xff\xff\xff"))],
    [
      "a WebP with a lossy picture that begins with no key frame",
      webpOf(webpChunk("VP8 ", Buffer.alloc(20, 1))),
    ],
  ];
  for (const [what, bytes] of damaged)
    it(`is refused as damaged: ${what}`, () => assert.equal(kindOf(bytes), "damaged"));

  const sizes: readonly (readonly [number, number, boolean])[] = [
    [4000, 4000, true],
    [10_000, 1600, true],
    [1600, 10_000, true],
    [10_001, 1, false],
    [1, 10_001, false],
    [4001, 4000, false],
    [10_000, 10_000, false],
    [16_383, 16_383, false],
  ];
  const still: Readonly<Record<string, (width: number, height: number) => Uint8Array>> = {
    PNG: (width, height) => pngOf(ihdr(width, height), IDAT, IEND),
    JPEG: (width, height) => jpegOf(frameHeader(width, height), SCAN),
    GIF: (width, height) => gifOf(width, height, gifFrame(1, 1)),
    "GIF, by its frame": (width, height) => gifOf(1, 1, gifFrame(width, height)),
    "GIF, by its frame's place": (width, height) => gifOf(1, 1, gifFrame(1, 1, width - 1, height - 1)),
    WebP: (width, height) => webpOf(lossless(width, height)),
    "WebP, extended": (width, height) => webpOf(extended(width, height), lossless(width, height)),
  };
  for (const [type, made] of Object.entries(still))
    it(`has at most 16 megapixels, and 10,000 a side: ${type}`, () => {
      for (const [width, height, fits] of sizes)
        assert.equal(kindOf(made(width, height)), fits ? "picture" : "too-large", `${width} x ${height}`);
    });
  it("has at most 16 megapixels, whatever its header claims", () => {
    assert.equal(kindOf(pngOf(ihdr(0xffff_ffff, 0xffff_ffff), IDAT, IEND)), "too-large");
    assert.equal(kindOf(jpegOf(frameHeader(0xffff, 0xffff), SCAN)), "too-large");
    assert.equal(kindOf(gifOf(0xffff, 0xffff, gifFrame(0xffff, 0xffff, 0xffff, 0xffff))), "too-large");
    assert.equal(
      kindOf(webpOf(extended(0xff_ffff, 0xff_ffff, 2), webpFrame(1, 1, lossless(1, 1)))),
      "too-large",
    );
  });

  const frames: Readonly<Record<string, (count: number, side: number) => Uint8Array>> = {
    GIF: (count, side) => gifOf(side, side, ...Array.from({ length: count }, () => gifFrame(1, 1))),
    PNG: (count, side) =>
      pngOf(
        ihdr(side, side),
        ...Array.from({ length: count }, () => pngChunk("fcTL", Buffer.alloc(26))),
        IDAT,
        IEND,
      ),
    WebP: (count, side) =>
      webpOf(
        extended(side, side, 2),
        ...Array.from({ length: count }, () => webpFrame(1, 1, lossless(1, 1))),
      ),
  };
  for (const [type, made] of Object.entries(frames))
    it(`has frames within bounds, in number and in all their pixels: ${type}`, () => {
      assert.deepEqual(readPicture(made(7, 1)), { ...readPicture(made(1, 1)), frames: 7 });
      assert.equal(kindOf(made(3000, 320)), "picture");
      assert.equal(kindOf(made(3001, 1)), "too-large");
      assert.equal(kindOf(made(20, 4000)), "picture");
      assert.equal(kindOf(made(21, 4000)), "too-large");
    });

  it("has a bounded number of parts, even of four bytes each", () => {
    const many = 200_000;
    assert.equal(
      kindOf(pngOf(ihdr(1, 1), Buffer.concat(Array.from({ length: many }, () => IDAT)), IEND)),
      "damaged",
    );
    assert.equal(
      kindOf(jpegOf(frameHeader(1, 1), Buffer.from("fffe0002".repeat(many), "hex"), SCAN)),
      "damaged",
    );
    assert.equal(kindOf(gifOf(1, 1, gifFrame(1, 1), Buffer.from("21fe00".repeat(many), "hex"))), "damaged");
    assert.equal(
      kindOf(webpOf(lossless(1, 1), Buffer.from("4142434400000000".repeat(many), "hex"))),
      "damaged",
    );
  });

  it("is read in one pass, however long its parts are", () => {
    const long = Buffer.alloc(30_000_000, 0xff);
    assert.equal(kindOf(Buffer.concat([latin("\xff\xd8"), long])), "damaged");
    const scan = Buffer.concat([
      jpegSegment(0xda, Buffer.of(1, 1, 0, 0, 63, 0)),
      Buffer.alloc(30_000_000, "\xff\0", "latin1"),
    ]);
    assert.equal(kindOf(jpegOf(frameHeader(1, 1), scan)), "picture");
    assert.equal(kindOf(gifOf(1, 1, gifFrame(1, 1), Buffer.of(0x21, 0xfe), long)), "damaged");
  });

  it("is read without an exception or endless loop from any bytes after its signature", () => {
    const beginnings = [
      "",
      "\x89PNG\r\n\x1a\n",
      "\xff\xd8\xff",
      "GIF89a",
      "RIFF\x40\0\0\0WEBP",
      "RIFF\x40\0\0\0WEBPVP8X",
    ].map(latin);
    fc.assert(
      fc.property(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }), (begin, rest) =>
        holds(Buffer.concat([begin, rest])),
      ),
      { numRuns: 5000 },
    );
  });

  it("is read without an exception when pieces of real ones are removed, doubled, swapped and changed", () => {
    const files = [...PICTURES.values()].map((bytes) => Buffer.from(bytes));
    const piece = fc.tuple(fc.constantFrom(...files), fc.nat({ max: 4000 }), fc.nat({ max: 400 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.nat({ max: 4000 }),
        fc.array(piece, { maxLength: 4 }),
        (begin, end, pieces) =>
          holds(
            Buffer.concat([
              begin.subarray(0, end),
              ...pieces.map(([from, at, length]) => from.subarray(at, at + length)),
            ]),
          ),
      ),
      { numRuns: 3000 },
    );
  });
});

describe("metadata of a picture", () => {
  const secret = latin(`${CANARY} here`);
  const xmp = Buffer.concat([latin("http://ns.adobe.com/xap/1.0/\0"), secret]);
  const hidden: Readonly<Record<string, readonly Uint8Array[]>> = {
    JPEG: [
      ...[0xe1, 0xe2, 0xe3, 0xec, 0xed, 0xef, 0xfe, 0xe0].map((marker) => jpegSegment(marker, secret)),
      jpegSegment(0xe1, xmp),
      jpegSegment(0xe1, Buffer.concat([latin("Exif\0\0MM\0*\0\0\0\x08\0\0"), secret])),
      jpegSegment(0xe0, Buffer.concat([latin("JFXX\0\x10"), secret])),
      jpegSegment(0xe2, Buffer.concat([latin("MPF\0"), secret])),
      jpegSegment(0xed, Buffer.concat([latin("Photoshop 3.0\x008BIM"), secret])),
    ],
    PNG: ["tEXt", "zTXt", "iTXt", "tIME", "eXIf", "pHYs", "sPLT", "hIST", "caBX", "prVt"].map((type) =>
      pngChunk(type, secret),
    ),
    GIF: [
      Buffer.concat([Buffer.of(0x21, 0xfe, secret.length), secret, Buffer.of(0)]),
      Buffer.concat([
        Buffer.of(0x21, 0xff, 11),
        latin("XMP DataXMP"),
        secret.subarray(0, 0),
        Buffer.of(secret.length),
        secret,
        Buffer.of(0),
      ]),
      Buffer.concat([
        Buffer.of(0x21, 0x01, 12),
        Buffer.alloc(12),
        Buffer.of(secret.length),
        secret,
        Buffer.of(0),
      ]),
    ],
    WebP: ["EXIF", "XMP ", "abcd", "ICCX"].map((type) => webpChunk(type, secret)),
  };
  const around: Readonly<Record<string, (parts: readonly Uint8Array[]) => Uint8Array>> = {
    JPEG: (parts) =>
      jpegOf(
        ...parts.slice(0, 1),
        frameHeader(8, 8),
        ...parts.slice(1, 2),
        SCAN,
        ...parts.slice(2, 3),
        SCAN,
        ...parts.slice(3),
      ),
    PNG: (parts) => pngOf(ihdr(8, 8), ...parts.slice(0, 2), IDAT, ...parts.slice(2), IEND),
    GIF: (parts) => gifOf(8, 8, ...parts.slice(0, 2), gifFrame(8, 8), ...parts.slice(2)),
    WebP: (parts) => webpOf(extended(8, 8, 0x0c), ...parts.slice(0, 2), lossless(8, 8), ...parts.slice(2)),
  };

  for (const [type, parts] of Object.entries(hidden))
    it(`is removed at any place, also after the end: ${type}`, () => {
      const made = around[type] ?? assert.fail();
      const plain = bare(made([]));
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 5 }), fc.boolean(), (some, behind) => {
          const bytes = Buffer.concat([made(some), behind ? secret : Buffer.alloc(0)]);
          assert.deepEqual(bare(bytes), plain);
        }),
      );
    });

  it("is removed from the frames of an animation", () => {
    const inner = Buffer.concat([webpChunk("abcd", secret), lossless(4, 4), webpChunk("XMP ", secret)]);
    const clean = bare(webpOf(extended(4, 4, 2), webpFrame(4, 4, inner)));
    assert.deepEqual(clean, webpOf(extended(4, 4, 2), webpFrame(4, 4, lossless(4, 4))));
  });

  it("is removed from a JFIF header with a thumbnail, whose densities stay", () => {
    const jfif = (thumbnail: Uint8Array, sides: number) =>
      jpegSegment(
        0xe0,
        Buffer.concat([latin("JFIF\0\x01\x02\x01\0\x48\0\x48"), Buffer.of(sides, sides), thumbnail]),
      );
    const clean = bare(jpegOf(jfif(Buffer.alloc(12, CANARY), 2), frameHeader(8, 8), SCAN));
    assert.deepEqual(clean, jpegOf(jfif(Buffer.alloc(0), 0), frameHeader(8, 8), SCAN));
  });

  it("leaves the colour profile and Adobe's transform in place", () => {
    const icc = Buffer.concat([latin("ICC_PROFILE\0\x01\x01"), latin("a profile")]);
    const kept = [jpegSegment(0xe2, icc), jpegSegment(0xee, latin("Adobe\0\x64\0\0\0\0\x01"))];
    const photo = jpegOf(...kept, frameHeader(8, 8), SCAN);
    assert.deepEqual(bare(photo), photo);
    const chunks = ["gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "PLTE", "tRNS", "acTL"].map((type) =>
      pngChunk(type, latin("x")),
    );
    const drawing = pngOf(ihdr(8, 8), ...chunks, IDAT, IEND);
    assert.deepEqual(bare(drawing), drawing);
    assert.ok(
      bare(pngOf(ihdr(8, 8), pngChunk("iCCP", Buffer.alloc(1024 * 1024 + 1)), IDAT, IEND)).length < 100,
    );
    const loop = Buffer.concat([Buffer.of(0x21, 0xff, 11), latin("NETSCAPE2.0"), Buffer.of(3, 1, 0, 0, 0)]);
    const control = Buffer.of(0x21, 0xf9, 4, 0, 10, 0, 0, 0);
    const moving = gifOf(8, 8, loop, control, gifFrame(8, 8), control, gifFrame(8, 8));
    assert.deepEqual(bare(moving), moving);
    const web = webpOf(extended(8, 8, 0x20), webpChunk("ICCP", latin("a profile")), lossless(8, 8));
    assert.deepEqual(bare(web), web);
  });

  it("does not include the orientation, which stays as the only entry in all types that have it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.boolean(), (value, little) => {
        const orientation = value as Orientation;
        const exif = cameraExif(orientation, little);
        const jpeg = jpegOf(
          jpegSegment(0xe1, Buffer.concat([latin("Exif\0\0"), exif])),
          frameHeader(9, 5),
          SCAN,
        );
        const png = pngOf(ihdr(9, 5), IDAT, pngChunk("eXIf", exif), IEND);
        const webp = webpOf(extended(9, 5, 8), lossless(9, 5), webpChunk("EXIF", exif));
        const [width, height] = orientation >= 5 ? [5, 9] : [9, 5];
        for (const bytes of [jpeg, png, webp]) {
          const clean = bare(bytes);
          assert.ok(!clean.includes(CANARY));
          assert.equal(clean.includes(Buffer.from(exifOf(orientation))), orientation !== 1);
          const size = readPicture(clean);
          assert.ok(size.kind === "picture" && size.width === width && size.height === height);
          holds(bytes);
        }
      }),
    );
  });

  it("gives a valid orientation whatever its bytes are, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        assert.ok(orientationOf(bytes) >= 1 && orientationOf(bytes) <= 8);
      }),
    );
    for (const at of [8, 9, 12, 100, 0xffff_ffff]) {
      const looping = Buffer.from(cameraExif(6, false));
      looping.writeUInt32BE(at, 4);
      assert.ok(orientationOf(looping) >= 1);
    }
    const odd = Buffer.from(exifOf(3));
    odd.writeUInt16BE(9, 18);
    assert.equal(orientationOf(odd), 1);
  });

  it("is removed with valid checksums and identical pixels", () => {
    const pixels = deflateSync(Buffer.alloc(8 * (1 + 8 * 3), 7));
    const header = Buffer.from("00000008000000080802000000", "hex");
    const checked = (type: string, data: Uint8Array) => {
      const chunk = pngChunk(type, data);
      chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
      return chunk;
    };
    const clean = bare(
      pngOf(
        checked("IHDR", header),
        checked("IDAT", pixels),
        checked("eXIf", cameraExif(6, true)),
        checked("IEND", new Uint8Array()),
      ),
    );
    const found: string[] = [];
    for (let at = 8; at < clean.length; ) {
      const length = clean.readUInt32BE(at);
      const body = clean.subarray(at + 4, at + 8 + length);
      assert.equal(clean.readUInt32BE(at + 8 + length), crc32(body));
      found.push(body.toString("latin1", 0, 4));
      if (found.at(-1) === "IDAT") assert.equal(inflateSync(body.subarray(4)).length, 200);
      at += 12 + length;
    }
    assert.deepEqual(found, ["IHDR", "eXIf", "IDAT", "IEND"]);
  });
});

/** EXIF data like a camera's: make, orientation and location. */
function cameraExif(orientation: Orientation, little: boolean): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.write(little ? "II" : "MM");
  const u16 = (value: number, at: number) =>
    little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  u16(42, 2);
  u32(8, 4);
  u16(2, 8);
  u16(0x010f, 10);
  u16(2, 12);
  u32(10, 14);
  u32(40, 18);
  u16(0x0112, 22);
  u16(3, 24);
  u32(1, 26);
  u16(orientation, 30);
  bytes.write(`${CANARY}\0`, 40);
  return bytes;
}
