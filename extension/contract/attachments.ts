/**
 * Messages about the files of a chat that aren't a message yet, in both directions; page-message.ts and panel.ts include them. Files that
 * the page was given by paste or drop cross in pieces, one at a time. The page never names a path: the extension's dialogs do, and a list
 * of URIs that was dropped counts only within the window's folders.
 */
import * as v from "valibot";
import { MAX_DESCRIPTION_BYTES, MAX_FILES, MAX_PREVIEW_BYTES } from "../../protocol/limits.ts";
import { textBytes } from "./text.ts";

export {
  MAX_CAPTION_BYTES,
  MAX_DESCRIPTION_BYTES,
  MAX_FILES,
  MAX_PREVIEW_BYTES,
} from "../../protocol/limits.ts";

/** The longest piece of a file from the page. */
export const PIECE_BYTES = 1024 * 1024;
/** The longer side of a preview, in pixels. */
export const PREVIEW_SIDE = 320;
/** More than a file system allows. The messenger makes a safe name of it. */
export const MAX_NAME_CHARACTERS = 1024;
const MAX_URI_CHARACTERS = 8 * 1024;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Of a message, of a copy, or of a file that the page reads. */
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const bytesUpTo = (most: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check(({ length }) => length <= most),
  );

const file = v.strictObject({
  /** Names it while it is attached. */
  copy: id,
  name: v.string(),
  bytes: count,
  description: v.string(),
  metadata: v.picklist(["none", "cut", "kept"]),
  /** Whether its message has a preview of it. */
  previewed: v.boolean(),
});

/** Files on their way to the server. */
const sending = v.strictObject({
  /** The id of the message that they become. */
  id,
  names: v.array(v.string()),
  /** 0 to 1. */
  done: v.number(),
  /** After a failure: the sentence to show. */
  failureText: v.exactOptional(v.string()),
});

export const attachmentNews = [
  /** Replaces all that the page knows of the chat's files. */
  v.strictObject({
    type: v.literal("files"),
    /** Files that are attached to the draft, and the id of the message that they will be. */
    draft: v.exactOptional(v.strictObject({ id, files: v.array(file) })),
    /** The names of files that the extension is reading. */
    adding: v.array(v.string()),
    sending: v.array(sending),
  }),
  v.strictObject({ type: v.literal("filesProgress"), id, done: v.number() }),
  /** Requests the next piece of a file, if there is one. */
  v.strictObject({ type: v.literal("pieceTaken"), file: id }),
  /** Files were not attached. @param file the one that the page was reading; absent: others */
  v.strictObject({ type: v.literal("notAttached"), text: v.string(), file: v.exactOptional(id) }),
  /** A picture that is attached. Its bytes are of that type and within the bounds of messenger/pictures. */
  v.strictObject({
    type: v.literal("attachedPicture"),
    copy: id,
    mediaType: v.picklist(["image/png", "image/jpeg", "image/gif", "image/webp"]),
    data: v.instance(Uint8Array),
  }),
] as const;

export const attachmentRequests = [
  /** Adds the next piece of a file; the first one begins it. Answered by HostMessage "pieceTaken" or "notAttached". */
  v.strictObject({
    type: v.literal("attachPiece"),
    file: id,
    name: v.pipe(v.string(), v.maxLength(MAX_NAME_CHARACTERS)),
    /** Of the whole file. */
    bytes: count,
    offset: count,
    data: bytesUpTo(PIECE_BYTES),
  }),
  /** Gives up a file that was begun. */
  v.strictObject({ type: v.literal("stopPieces"), file: id }),
  /** Attaches files that were dropped from the editor. */
  v.strictObject({
    type: v.literal("attachDropped"),
    uris: v.pipe(v.array(v.pipe(v.string(), v.maxLength(MAX_URI_CHARACTERS))), v.maxLength(MAX_FILES)),
  }),
  /** Asks the user for files. */
  v.strictObject({ type: v.literal("pickFiles") }),
  v.strictObject({ type: v.literal("detachFile"), copy: id }),
  v.strictObject({
    type: v.literal("describeFile"),
    copy: id,
    description: v.exactOptional(
      v.pipe(
        v.string(),
        v.check((text) => textBytes(text) <= MAX_DESCRIPTION_BYTES),
      ),
    ),
    preview: v.exactOptional(bytesUpTo(MAX_PREVIEW_BYTES)),
  }),
  /** Sends files that have failed once more. */
  v.strictObject({ type: v.literal("resendFiles"), parcel: id }),
  /** Takes files back that are on their way, or have failed. */
  v.strictObject({ type: v.literal("cancelFiles"), parcel: id }),
] as const;

/** @returns the longest beginning of a description that fits */
export function fittingDescription(text: string): string {
  let fitting = text;
  while (textBytes(fitting) > MAX_DESCRIPTION_BYTES) fitting = [...fitting].slice(0, -1).join("");
  return fitting;
}
