/**
 * Bodies that wait for their confirmation. A body is a view into the record it came in, and would keep all of it in memory until
 * then: a small one out of a large record is copied. Small copies share a block, since memory of its own for each would cost as much
 * as all the rest of its way through the server; the bounds on memory count a block for each (`BLOCK_BYTES`).
 */
import { MAILBOX_ENTRY_BYTES } from "../limits.ts";

/** Bytes that a body may keep in memory beyond twice its own length. */
export const BLOCK_BYTES = 2048;

export class BodyCopies {
  #block = new Uint8Array(0);
  #used = 0;

  /** @returns the same bytes, in memory that is theirs or a block's */
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
