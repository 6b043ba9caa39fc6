import assert from "node:assert/strict";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  MAX_CAPTION_BYTES,
  MAX_CONTENT_BYTES,
  MAX_DESCRIPTION_BYTES,
  MAX_EXPIRY_SECONDS,
  MAX_FILE_BYTES,
  MAX_FILES,
  MAX_PREVIEW_BYTES,
} from "../../limits.ts";
import { type BlobId, newBlobId, newMessageId } from "../../names.ts";
import { ContentSchema, type FileSchema } from "../../wire/content_pb.ts";
import { type Content, decodeContent, encodeContent } from "../content.ts";
import {
  type Files,
  MAX_FILE_NAME_BYTES,
  MAX_MEDIA_TYPE_BYTES,
  MAX_PICTURE_SIDE,
  MAX_PREVIEWS_BYTES,
  type SentFile,
} from "./files.ts";

type WireFile = MessageInitShape<typeof FileSchema>;

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString("hex"));
const side = fc.integer({ min: 1, max: MAX_PICTURE_SIDE });
const preview = fc
  .uint8Array({ maxLength: MAX_PREVIEWS_BYTES / MAX_FILES })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const file: fc.Arbitrary<SentFile> = fc.record(
  {
    name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
    type: fc.constantFrom("image/png", "", "a lie"),
    bytes: fc.integer({ min: 0, max: MAX_FILE_BYTES }),
    sha256: hex(32),
    blob: hex(32).map((id) => id as BlobId),
    key: hex(32),
    until: fc.integer({ min: 0, max: 8_640_000_000_000 }),
    description: fc.string({ unit: "grapheme", maxLength: 20 }),
    picture: fc.record({ width: side, height: side, preview }, { noNullPrototype: true }),
  },
  {
    requiredKeys: ["name", "type", "bytes", "sha256", "blob", "key", "until", "description"],
    noNullPrototype: true,
  },
);
const files = fc.record({
  kind: fc.constant("files" as const),
  files: fc.uniqueArray(file, { minLength: 1, maxLength: MAX_FILES, selector: ({ blob }) => blob }),
  caption: fc.string({ unit: "grapheme", maxLength: 100 }),
});

const ONE: SentFile = {
  ...{ name: "plan.pdf", type: "", bytes: 5, sha256: "0".repeat(64), blob: newBlobId() },
  ...{ key: "1".repeat(64), until: 1, description: "" },
};
const content = (data: Omit<Files, "kind">): Content => ({ kind: "files", sentAt: 1, ...data });
const notUnderstood = { kind: "not-understood" } as const;

/** @returns the reading of foreign files, which are valid but for the given fields */
function received(files: readonly WireFile[], caption = "") {
  const valid = () => ({
    ...{ name: "x", bytes: 1n, sha256: new Uint8Array(32), blob: Buffer.from(newBlobId(), "hex") },
    key: new Uint8Array(32),
  });
  const body = {
    case: "files",
    value: { files: files.map((file) => ({ ...valid(), ...file })), caption },
  } as const;
  return decodeContent(toBinary(ContentSchema, create(ContentSchema, { type: "files", level: 1, body })));
}

describe("files in a message", () => {
  it("are read back as they were written", () => {
    fc.assert(
      fc.property(files, (data) => {
        const read = decodeContent(encodeContent({ sentAt: 1, ...data }));
        assert.deepEqual(read, { sentAt: 1, level: 1, ...data });
      }),
    );
  });

  it("fit into a message with everything at its bound", () => {
    const preview = Buffer.alloc(MAX_PREVIEWS_BYTES / MAX_FILES).toString("base64");
    const largest = (): SentFile => ({
      ...{ ...ONE, blob: newBlobId(), name: "n".repeat(MAX_FILE_NAME_BYTES), bytes: MAX_FILE_BYTES },
      ...{ type: "t".repeat(MAX_MEDIA_TYPE_BYTES), until: 8_640_000_000_000 },
      description: "d".repeat(MAX_DESCRIPTION_BYTES),
      picture: { width: MAX_PICTURE_SIDE, height: MAX_PICTURE_SIDE, preview },
    });
    const whole: Content = {
      ...content({
        files: Array.from({ length: MAX_FILES }, largest),
        caption: "c".repeat(MAX_CAPTION_BYTES),
      }),
      ...{ sentAt: 8_640_000_000_000_000, replyTo: newMessageId(), expirySeconds: MAX_EXPIRY_SECONDS },
    };
    const bytes = encodeContent(whole);
    assert.ok(bytes.length <= MAX_CONTENT_BYTES);
    assert.deepEqual(decodeContent(bytes), { ...whole, level: 1 });
  });

  it("aren't understood, and can't be sent, with one value out of its bounds", () => {
    const tooLong = (bytes: number) => "x".repeat(bytes + 1);
    const picture = { width: 1, height: 1 };
    assert.notDeepEqual(received([{}]), notUnderstood);
    const wrong: readonly WireFile[] = [
      { name: "" },
      { name: tooLong(MAX_FILE_NAME_BYTES) },
      { name: "é".repeat(MAX_FILE_NAME_BYTES / 2 + 1) },
      { mediaType: tooLong(MAX_MEDIA_TYPE_BYTES) },
      { bytes: BigInt(MAX_FILE_BYTES) + 1n },
      { bytes: 2n ** 64n - 1n },
      { sha256: new Uint8Array(31) },
      { sha256: new Uint8Array(0) },
      { key: new Uint8Array(33) },
      { blob: new Uint8Array(31) },
      { availableUntil: 8_640_000_000_001n },
      { description: tooLong(MAX_DESCRIPTION_BYTES) },
      { picture: { ...picture, width: 0 } },
      { picture: { ...picture, height: MAX_PICTURE_SIDE + 1 } },
      { picture: { ...picture, width: 0xffff_ffff } },
      { picture: { ...picture, preview: new Uint8Array(MAX_PREVIEW_BYTES + 1) } },
    ];
    for (const file of wrong)
      assert.deepEqual(received([file]), notUnderstood, JSON.stringify(Object.keys(file)));
    assert.deepEqual(received([]), notUnderstood);
    assert.deepEqual(received(Array.from({ length: MAX_FILES + 1 }, () => ({}))), notUnderstood);
    assert.deepEqual(received([{}], tooLong(MAX_CAPTION_BYTES)), notUnderstood);
    const blob = new Uint8Array(32);
    assert.deepEqual(received([{ blob }, { blob }]), notUnderstood);
    const previews = Array.from({ length: 5 }, () => ({
      picture: { ...picture, preview: new Uint8Array(MAX_PREVIEW_BYTES) },
    }));
    assert.deepEqual(received(previews), notUnderstood);

    const bad = { code: "bad-argument" };
    const large = { width: MAX_PICTURE_SIDE + 1, height: 1, preview: "" };
    for (const file of [
      { ...ONE, name: "" },
      { ...ONE, bytes: MAX_FILE_BYTES + 1 },
      { ...ONE, bytes: 0.5 },
      { ...ONE, key: "" },
      { ...ONE, sha256: "x".repeat(64) },
      { ...ONE, picture: large },
    ])
      assert.throws(() => encodeContent(content({ files: [file], caption: "" })), bad);
    assert.throws(() => encodeContent(content({ files: [], caption: "" })), bad);
    assert.throws(() => encodeContent(content({ files: [ONE], caption: tooLong(MAX_CAPTION_BYTES) })), {
      code: "too-large",
    });
  });

  it("name themselves, with caption and sizes, to programs that don't know files, and tell them no key", () => {
    const bytes = encodeContent(content({ files: [{ ...ONE, bytes: 1_300_000 }], caption: "The plan" }));
    const { type, fallback } = fromBinary(ContentSchema, bytes);
    assert.deepEqual([type, fallback], ["files", "The plan\nplan.pdf (1.2 MB)"]);
  });
});
