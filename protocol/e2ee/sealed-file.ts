/**
 * The sealed form in which the server stores a file as a blob: chunks (sealed-chunks.ts) under a key for this
 * file alone, padded with zero bytes, so that the server learns little about its size. Key, size and hash of
 * the plaintext are in the message, where MLS protects them: a recipient, who also has the key, can't
 * substitute another file.
 */
import { createHash, type KeyObject, timingSafeEqual } from "node:crypto";
import { TrustError } from "../errors.ts";
import { padmeBytes } from "./padding.ts";
import { CHUNK_BYTES, openChunks, sealChunks, TAG_BYTES } from "./sealed-chunks.ts";

/** Most small files have this size. */
const SMALLEST_BYTES = 4096;

/** The size and hash of the plaintext, as stated in a message. */
export interface FileFacts {
  readonly bytes: number;
  /** SHA-256 of the plaintext, 32 bytes. */
  readonly sha256: Uint8Array;
}

/** Returns the size of the blob for a file of this many bytes. */
export function sealedFileBytes(bytes: number): number {
  const padded = paddedBytes(bytes);
  return padded + Math.ceil(padded / CHUNK_BYTES) * TAG_BYTES;
}

/**
 * Seals a file, one chunk at a time. Sealing different bytes under the same key would expose both: a resumed
 * upload must send the same bytes as before.
 * @param key AES-256, for this file alone
 * @param write takes the next sealed bytes, sealedFileBytes() of them in all
 * @throws errors of the source and of `write`
 */
export async function sealFile(
  key: KeyObject,
  plaintext: AsyncIterable<Uint8Array>,
  write: (sealed: Uint8Array) => Promise<void>,
): Promise<FileFacts> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* padded(): AsyncGenerator<Uint8Array> {
    for await (const piece of plaintext) {
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
    yield* zeros(paddedBytes(bytes) - bytes);
  }
  for await (const chunk of sealChunks(key, padded())) await write(chunk);
  return { bytes, sha256: hash.digest() };
}

/**
 * Opens a file, one chunk at a time. It is valid only once the last piece has come without an error, since
 * the hash is complete only then.
 * @param facts from the message
 * @param sealed in pieces of any size
 * @throws TrustError "undecryptable" for a file that was cut, changed, reordered or replaced, or whose
 * padding does not match its size
 */
export async function* openFile(
  key: KeyObject,
  { bytes, sha256 }: FileFacts,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let opened = 0;
  for await (const chunk of openChunks(key, sealed, changed)) {
    const piece = chunk.subarray(0, Math.max(0, bytes - opened));
    const rest = chunk.subarray(piece.length);
    opened += chunk.length;
    if (opened > paddedBytes(bytes) || rest.some((byte) => byte !== 0)) throw changed();
    hash.update(piece);
    if (piece.length > 0) yield piece;
  }
  const digest = hash.digest();
  if (opened !== paddedBytes(bytes) || sha256.length !== digest.length || !timingSafeEqual(digest, sha256))
    throw changed();
}

function paddedBytes(bytes: number): number {
  return bytes <= SMALLEST_BYTES ? SMALLEST_BYTES : padmeBytes(bytes);
}

function changed(cause?: unknown): TrustError {
  return new TrustError("undecryptable", "the file is not the one that its message speaks of", { cause });
}

function* zeros(bytes: number): Generator<Uint8Array> {
  const some = new Uint8Array(Math.min(bytes, CHUNK_BYTES));
  for (let left = bytes; left > 0; left -= some.length) yield some.subarray(0, left);
}
