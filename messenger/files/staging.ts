/** Seals a file that is to be sent into a copy of its own, a piece at a time, and cuts the metadata of pictures before. */
import { createSecretKey, randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { type FileFacts, sealFile } from "../../protocol/e2ee/sealed-file.ts";
import { UsageError } from "../../protocol/errors.ts";
import { newBlobId } from "../../protocol/names.ts";
import { diskError } from "../disk-error.ts";
import { readPicture, withoutMetadata } from "../pictures/picture.ts";
import type { FileFolder } from "../store/file-folder.ts";
import type { ParcelFile } from "../store/parcels.ts";
import { fileName } from "../text/file-name.ts";

/** A picture is read whole to cut its metadata. A larger one leaves as it is, and its user is told. */
const MAX_CUT_BYTES = 32 * 1024 * 1024;
/** Enough to tell a picture's type. */
const HEAD_BYTES = 64;
const KEY_BYTES = 32;
const UNKNOWN_TYPE = "application/octet-stream";

export interface StagingOrder {
  readonly name: string;
  readonly description: string;
  /** Bytes that the server takes at most. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/**
 * Seals a file into a copy, which is on disk, whole, when this resolves.
 * @param source of its bytes, none of which is kept
 * @throws UsageError "file-too-large", "cancelled"; StorageError "disk-full"; errors of the source and the disk. No copy stays behind then
 */
export async function stageFile(
  folder: FileFolder,
  source: AsyncIterable<Uint8Array>,
  { name, description, most, signal }: StagingOrder,
): Promise<ParcelFile> {
  const key = randomBytes(KEY_BYTES);
  const { place, file: copy } = await folder.create();
  try {
    const { pieces, metadata, picture } = await prepared(bounded(source, most, signal));
    const facts = await seal(copy, key, pieces);
    await copy.sync();
    await copy.close();
    const { type = UNKNOWN_TYPE, width, height }: Partial<Looks> = picture ?? {};
    const sha256 = Buffer.from(facts.sha256).toString("hex");
    const size = width !== undefined && height !== undefined ? { width, height } : undefined;
    const file = {
      ...{ name: fileName(name), type, bytes: facts.bytes, sha256 },
      ...{ blob: newBlobId(), key: key.toString("hex"), until: 0, description },
      ...(size && { picture: { ...size, preview: "" } }),
    };
    return { place, metadata, file };
  } catch (error) {
    await copy.close().catch(() => {});
    folder.remove(place);
    throw diskError(error);
  } finally {
    key.fill(0);
  }
}

function seal(copy: FileHandle, key: Uint8Array, pieces: AsyncIterable<Uint8Array>): Promise<FileFacts> {
  return sealFile(createSecretKey(key), pieces, async (sealed) => {
    for (let done = 0; done < sealed.length; ) done += (await copy.write(sealed, done)).bytesWritten;
  });
}

interface Prepared {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly metadata: ParcelFile["metadata"];
  readonly picture?: Looks;
}

interface Looks {
  readonly type: string;
  readonly width?: number;
  readonly height?: number;
}

/** Reads the beginning, and all of a picture that is small enough. */
async function prepared(source: AsyncIterable<Uint8Array>): Promise<Prepared> {
  const rest = source[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let length = 0;
  const readTo = async (most: number): Promise<boolean> => {
    while (length < most) {
      const { done, value } = await rest.next();
      if (done === true) return true;
      read.push(value);
      length += value.length;
    }
    return false;
  };
  let ended = await readTo(HEAD_BYTES);
  const begun = readPicture(Buffer.concat(read).subarray(0, HEAD_BYTES));
  if (begun.kind === "no-picture") return { pieces: joined(read, rest), metadata: "none" };
  const { type } = begun;
  ended ||= await readTo(MAX_CUT_BYTES + 1);
  if (!ended) return { pieces: joined(read, rest), metadata: "kept", picture: { type } };
  const whole = Buffer.concat(read);
  const bare = withoutMetadata(whole);
  if (bare.kind !== "picture") return { pieces: joined([whole], rest), metadata: "kept", picture: { type } };
  const { width, height } = { width: undefined, height: undefined, ...readPicture(bare.bytes) };
  const size = width !== undefined && height !== undefined ? { width, height } : {};
  return { pieces: joined([bare.bytes], rest), metadata: "cut", picture: { type, ...size } };
}

async function* joined(
  read: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* read;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* bounded(
  source: AsyncIterable<Uint8Array>,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of source) {
    if (signal.aborted) throw new UsageError("cancelled", "The user cancelled");
    bytes += piece.length;
    if (bytes > most) throw new UsageError("file-too-large", `The file has more than ${most} bytes`);
    yield piece;
  }
  if (signal.aborted) throw new UsageError("cancelled", "The user cancelled");
}
