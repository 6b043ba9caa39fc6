/**
 * STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance", CRYPTO 2015) as age uses it (c2sp.org/age, "Payload"), with AES-256-GCM: the plaintext
 * is split into chunks of 64 KiB, each sealed under its number and a flag for the last one. A chunk that was
 * changed, moved, left out or added does not open, and a file that was cut between two chunks lacks the last
 * one.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import type { ParleyError } from "../errors.ts";

export const CHUNK_BYTES = 64 * 1024;
export const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const NONCE_BYTES = 12;

/** Counts the chunks of one file. The key is used for that file alone, so a nonce never repeats. */
class ChunkNonce {
  #counter = 0;

  /**
   * Returns the next nonce: counter (11 bytes, big-endian; more than 2^48 chunks fit on no disk) | 1 for the
   * last chunk, else 0.
   */
  next(last: boolean): Uint8Array {
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUIntBE(this.#counter++, NONCE_BYTES - 7, 6);
    nonce.writeUInt8(last ? 1 : 0, NONCE_BYTES - 1);
    return nonce;
  }
}

/**
 * Seals chunks.
 * @param key AES-256, for this one file
 * @returns sealed chunks, each of CHUNK_BYTES plus a tag, except for the last
 */
export async function* sealChunks(
  key: KeyObject,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const nonce = new ChunkNonce();
  for await (const { bytes, last } of chunksOf(plaintext, CHUNK_BYTES)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonce.next(last));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/**
 * Opens chunks.
 * @param sealed in pieces of any size
 * @param damaged makes the error for a chunk that does not open, thrown before any byte of that chunk is
 * returned
 */
export async function* openChunks(
  key: KeyObject,
  sealed: AsyncIterable<Uint8Array>,
  damaged: (cause?: unknown) => ParleyError,
): AsyncGenerator<Uint8Array> {
  const nonce = new ChunkNonce();
  let first = true;
  for await (const { bytes, last } of chunksOf(sealed, SEALED_CHUNK_BYTES)) {
    // An empty last chunk would be a second encoding of the same content (c2sp.org/age).
    if (bytes.length < TAG_BYTES || (bytes.length === TAG_BYTES && !first)) throw damaged();
    first = false;
    const decipher = createDecipheriv("aes-256-gcm", key, nonce.next(last), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const opened = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
    try {
      decipher.final();
    } catch (error) {
      throw damaged(error);
    }
    yield opened;
  }
}

/**
 * Regroups bytes.
 * @returns the same bytes in pieces of `size`, only the last of which may be shorter; one empty piece for an
 * empty input
 */
async function* chunksOf(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly last: boolean }> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    pieces.push(piece);
    length += piece.length;
    if (length <= size) continue;
    const bytes = Buffer.concat(pieces);
    let start = 0;
    for (; bytes.length - start > size; start += size)
      yield { bytes: bytes.subarray(start, start + size), last: false };
    pieces = [bytes.subarray(start)];
    length = bytes.length - start;
  }
  yield { bytes: Buffer.concat(pieces), last: true };
}
