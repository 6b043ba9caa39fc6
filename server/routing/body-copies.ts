/**
 * Bodies that wait for their confirmation. A body is a view into its record, and would keep the whole record
 * in memory until then, so a small body of a large record is copied. Small copies share a block, since a
 * separate allocation for each would cost as much as the rest of its processing; the bounds on memory count a
 * block for each (`BLOCK_BYTES`).
 */
import { MAILBOX_ENTRY_BYTES } from "../limits.ts";

/** Bytes that a body may hold in memory beyond twice its own length. */
export const BLOCK_BYTES = 2048;

export class BodyCopies {
  #block = new Uint8Array(0);
  #used = 0;

  /** Returns the same bytes, in memory of their own or of a block. */
  of(body: Uint8Array): Uint8Array {
    const { length } = body;
    if (body.buffer.byteLength <= 2 * length + MAILBOX_ENTRY_BYTES) return body;
    if (length > BLOCK_BYTES / 2) return new Uint8Array(body);
    if (this.#used + length > this.#block.length) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#used = 0;
    }
    const copy = this.#block.subarray(this.#used, this.#used + length);
    copy.set(body);
    this.#used += length;
    return copy;
  }
}
