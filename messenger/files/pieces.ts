/** A file that comes in pieces, as from a page: each is asked for again where it was lost, and waits until the one before was taken. */
import { UsageError } from "../../protocol/errors.ts";

/** Milliseconds without a piece after which a file is given up: its page may be gone. */
export const PIECE_IDLE_MS = 60_000;

export class Pieces implements AsyncIterable<Uint8Array> {
  readonly #bytes: number;
  #offset = 0;
  #next: { readonly piece: Uint8Array; readonly taken: () => void } | undefined;
  #wake: (() => void) | undefined;
  #stopped = false;

  /** @param bytes of the whole file */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Returns whether no more pieces are taken, although the file may be incomplete. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Adds the piece that begins at `offset`. Resolves once it was taken, or nobody reads any more. @throws UsageError "bad-argument" for any other */
  async add(offset: number, piece: Uint8Array): Promise<void> {
    if (this.#stopped || this.#next !== undefined || offset !== this.#offset)
      throw new UsageError("bad-argument", "That isn't the next piece of the file");
    if (piece.length === 0 || offset + piece.length > this.#bytes)
      throw new UsageError("bad-argument", "The file has fewer bytes than its pieces");
    this.#offset += piece.length;
    await new Promise<void>((taken) => {
      this.#next = { piece, taken };
      this.#wake?.();
    });
  }

  /** Ends the file where it is. Its reader gets "cancelled" unless it has all of it. */
  stop(): void {
    this.#stopped = true;
    this.#next?.taken();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#next;
      if (this.#stopped) throw new UsageError("cancelled", "The file was given up before it was complete");
      if (next !== undefined) {
        this.#next = undefined;
        yield next.piece;
        next.taken();
      } else if (this.#offset === this.#bytes) return;
      else await this.#another();
    }
  }

  async #another(): Promise<void> {
    const idle = setTimeout(() => this.stop(), PIECE_IDLE_MS).unref();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    clearTimeout(idle);
  }
}
