/** A file that comes in pieces, as from a page: each is asked for again where it was lost, and waits until the one before was taken. */
import { UsageError } from "../../protocol/errors.ts";

export class Pieces implements AsyncIterable<Uint8Array> {
  readonly #bytes: number;
  #offset = 0;
  #next: { readonly piece: Uint8Array; readonly taken: () => void } | undefined;
  #wake: (() => void) | undefined;
  #ended = false;

  /** @param bytes of the whole file */
  constructor(bytes: number) {
    this.#bytes = bytes;
    if (bytes === 0) this.#ended = true;
  }

  /** Adds the piece that begins at `offset`. Resolves once it was taken. @throws UsageError "bad-argument" for any other */
  async add(offset: number, piece: Uint8Array): Promise<void> {
    if (this.#ended || this.#next !== undefined || offset !== this.#offset)
      throw new UsageError("bad-argument", "That isn't the next piece of the file");
    if (piece.length === 0 || offset + piece.length > this.#bytes)
      throw new UsageError("bad-argument", "The file has fewer bytes than its pieces");
    this.#offset += piece.length;
    this.#ended = this.#offset === this.#bytes;
    await new Promise<void>((taken) => {
      this.#next = { piece, taken };
      this.#wake?.();
    });
  }

  /** Lets nobody wait any more: the reader has ended. */
  end(): void {
    this.#ended = true;
    this.#next?.taken();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#next;
      if (next !== undefined) {
        this.#next = undefined;
        yield next.piece;
        next.taken();
      } else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
