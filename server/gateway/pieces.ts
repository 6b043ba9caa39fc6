/**
 * Work that grows with the stored data, cut into pieces that each take a fraction of a millisecond: the
 * person who asked for it pays with their share of the server's time (fair-share.ts), and others wait for one
 * piece at most. Finished pieces stay finished, so that the work can stop anywhere, also for a restart, and
 * resume there.
 */

import type { Username } from "../../protocol/names.ts";
import type { FairShare, Share, Worker } from "./fair-share.ts";

export type Pieces = Generator<void, void, void>;

/** Rows in one piece: deleting one from the table and its indexes takes some 7 µs. */
export const ROWS_A_PIECE = 50;

/**
 * Makes a worker of pieces.
 * @param failed called with a piece's error; the remaining pieces are not done
 */
export function inPieces(pieces: Pieces, failed: (error: unknown) => void): Worker {
  return {
    take: () => {
      try {
        return pieces.next().done !== true;
      } catch (error) {
        failed(error);
        return false;
      }
    },
  };
}

/** Ends the process, for work that can only fail because of a bug. */
export function fail(error: unknown): never {
  throw error;
}

/**
 * Does all pieces now, for callers without anything else waiting.
 * @throws a piece's error
 */
export function allAtOnce(pieces: Pieces): void {
  while (pieces.next().done !== true);
}

/** Identifies the server's own work, which takes turns with people as one more person would. */
export type Duty = symbol;

/** Recurring work of the server, never running more than once at a time. */
export class Chore {
  readonly #shares: FairShare<Username | Duty>;
  readonly #share: Share<Username | Duty>;
  readonly #begin: () => Pieces;
  readonly #failed: (error: unknown) => void;
  #underWay = false;
  /** It became due while it was running. */
  #again = false;

  /**
   * @param failed called with a piece's error; the rest waits until the work is due again
   */
  constructor(shares: FairShare<Username | Duty>, begin: () => Pieces, failed: (error: unknown) => void) {
    this.#shares = shares;
    this.#share = shares.join(Symbol("chore"));
    this.#begin = begin;
    this.#failed = failed;
  }

  due(): void {
    this.#again = this.#underWay;
    if (this.#underWay) return;
    this.#underWay = true;
    this.#shares.serve(this.#share, inPieces(this.#all(), this.#failed));
  }

  *#all(): Pieces {
    try {
      do {
        this.#again = false;
        yield* this.#begin();
      } while (this.#again);
    } finally {
      this.#underWay = false;
    }
  }
}
