/**
 * The part of the contract between panel and page that is about received files. The page names a file by its message and its number there, and
 * gets its state and, of a picture, its bytes; never its key, its place at the server or a path.
 */
import * as v from "valibot";

/** The most files of a message (MAX_FILES in protocol/e2ee/kinds/files.ts). */
const MAX_ITEMS = 10;
/** A part of a picture. The extension posts no larger ones, so that other messages to the page wait for no more. */
const MAX_PART_BYTES = 1024 * 1024;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const side = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const done = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** As FileState of the messenger's model. */
export const fileStateSchema = v.variant("type", [
  v.strictObject({ type: v.literal("there") }),
  v.strictObject({ type: v.literal("fetching"), done }),
  v.strictObject({ type: v.literal("here"), savedAt: v.exactOptional(v.number()) }),
  v.strictObject({ type: v.literal("gone"), since: v.number() }),
  v.strictObject({ type: v.literal("damaged") }),
  v.strictObject({ type: v.literal("elsewhere") }),
]);

const ofFile = { id: v.string(), item: count };

/** Extension to page. */
export const fileHostMessages = [
  /** How much of a file is here, while it comes. */
  v.strictObject({ type: v.literal("fetched"), ...ofFile, done }),
  /** A file could not be downloaded, saved or opened. */
  v.strictObject({ type: v.literal("fileFailed"), ...ofFile, text: v.string() }),
  /** Answers "picture": the next part of its bytes. `size` is of the whole picture. */
  v.strictObject({
    ...{ type: v.literal("picturePart"), ...ofFile },
    media: v.picklist(["image/png", "image/jpeg", "image/gif", "image/webp"]),
    /** Pixels, read from the bytes. */
    ...{ width: side, height: side, frames: side },
    ...{ size: count, offset: count },
    data: v.pipe(
      v.instance(Uint8Array),
      v.check(({ length }) => length <= MAX_PART_BYTES),
    ),
  }),
  /** Answers "picture" where there is none to show. full: the page has as many as it may hold. */
  v.strictObject({
    ...{ type: v.literal("noPicture"), ...ofFile },
    why: v.picklist(["too-large", "no-picture", "damaged", "full", "failed"]),
  }),
] as const;

const named = {
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  item: v.pipe(count, v.maxValue(MAX_ITEMS - 1)),
};

/** Page to extension. */
export const filePageMessages = [
  v.strictObject({
    ...{ type: v.literal("file"), ...named },
    does: v.picklist(["download", "stop", "save", "open"]),
  }),
  /** Requests the bytes of a picture that is here. Answered by "picturePart" or "noPicture". */
  v.strictObject({ type: v.literal("picture"), ...named }),
  /** The page has let go of a picture's bytes. */
  v.strictObject({ type: v.literal("pictureGone"), ...named }),
] as const;
