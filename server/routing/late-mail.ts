/** Writes mail that was sent and not confirmed to the mailbox, and answers its sender. */
import type { Worker } from "../gateway/fair-share.ts";
import { inPieces, type Pieces } from "../gateway/pieces.ts";
import type { Mail, Store } from "../store/store.ts";
import { StoreBusy } from "../store/store-busy.ts";
import { type Awaited, type Parcel, tell, tellWhenCommitted } from "./awaited.ts";

/** Written in one piece, some 20 µs each. */
const KEPT_A_PIECE = 16;

interface LateMailOptions {
  readonly store: Store;
  /** Schedules work fairly, in the recipient's turn. */
  readonly inTurn: (worker: Worker) => void;
  /** Called when the mailbox cannot be written. */
  readonly failed: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

export class LateMail {
  readonly #options: LateMailOptions;
  /** True while overdue mail is being written. */
  #keepsLate = false;

  constructor(options: LateMailOptions) {
    this.#options = options;
  }

  /** Stores overdue mail, when it is the recipient's turn. @param unconfirmed in the order sent */
  keepLate(unconfirmed: ReadonlyMap<number, Parcel>, overdue: (awaited: Awaited) => boolean): void {
    if (this.#keepsLate) return;
    this.#keepsLate = true;
    const late = this.kept(this.#late(unconfirmed, overdue), () => {
      this.#keepsLate = false;
    });
    this.#options.inTurn(inPieces(late, this.#options.failed));
  }

  /**
   * Returns overdue mail, in the order sent, so the first that is not overdue ends the search. Skips mail
   * that is confirmed meanwhile.
   */
  *#late(unconfirmed: ReadonlyMap<number, Parcel>, overdue: (awaited: Awaited) => boolean): Iterable<Parcel> {
    for (const parcel of unconfirmed.values()) {
      if (!overdue(parcel.awaited)) return;
      if (parcel.awaited.settle !== undefined) yield parcel;
    }
  }

  /** Stores the mail in pieces. */
  *kept(parcels: Iterable<Parcel>, done = () => {}): Pieces {
    let kept = 0;
    for (const parcel of parcels) {
      this.#keep(parcel);
      kept += 1;
      if (kept % KEPT_A_PIECE === 0) yield;
    }
    done();
  }

  #keep(parcel: Parcel): void {
    const { store } = this.#options;
    if (!parcel.stored) {
      try {
        parcel.stored = this.#store(parcel.mail);
      } catch (error) {
        tell(parcel.awaited, error instanceof StoreBusy ? "busy" : "failed");
        return;
      }
      if (!parcel.stored) {
        tell(parcel.awaited, "mailbox-full");
        return;
      }
    }
    tellWhenCommitted(store, parcel.awaited);
  }

  /**
   * Stores mail.
   * @returns false if there is no room. If its sender was blocked meanwhile, the mailbox accepts it but never
   * returns it.
   */
  #store(mail: Mail): boolean {
    const { store, clock } = this.#options;
    const now = clock();
    if (!store.mailbox.takes(mail, now)) return false;
    store.mailbox.put(mail, now);
    return true;
  }
}
