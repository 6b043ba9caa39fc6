/**
 * The memory that connections make the server hold, altogether: for messages unread, unconfirmed, or received only in
 * part. Each has a bound of its own; this is the bound of their sum. Above it, those who do not read go first, the
 * largest before the others.
 */

/** One connection. */
export interface Holder {
  /** Bytes held for it now. */
  readonly heldBytes: number;
  /** How long it has read nothing although data waits for it, milliseconds. */
  readonly unreadForMs: number;
  /** Called when it has ended: nothing is held any more. */
  readonly gone: boolean;
  /** Cut to make room. */
  cut(): void;
}

/** Looked at anew whenever so large a part of the bound was queued: seldom, and it is never exceeded by more. */
const PART = 1 / 16;
/** Somebody who took nothing for so long does not read. */
const DOES_NOT_READ_MS = 1000;

export class Holdings {
  readonly #maxBytes: number;
  readonly #holders = new Set<Holder>();
  /** When last looked at. */
  #bytes = 0;
  /** Queued since then, whether it has left or not. */
  #queued = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** As of the last look. */
  get bytes(): number {
    return this.#bytes;
  }

  add(holder: Holder): void {
    this.#holders.add(holder);
  }

  /** So much was queued for one of them. */
  queued(bytes: number): void {
    this.#queued += bytes;
    if (this.#queued > this.#maxBytes * PART) this.look();
  }

  /** Looks at all of them, and cuts as many as it takes to be below the bound again. */
  look(): void {
    // First: a connection that is cut leaves presence, and others get notified.
    this.#queued = 0;
    this.#bytes = 0;
    for (const holder of this.#holders) {
      if (holder.gone) this.#holders.delete(holder);
      else this.#bytes += holder.heldBytes;
    }
    if (this.#bytes <= this.#maxBytes) return;
    const all = [...this.#holders].map((holder) => ({
      holder,
      bytes: holder.heldBytes,
      reads: holder.unreadForMs < DOES_NOT_READ_MS,
    }));
    all.sort((one, other) => Number(one.reads) - Number(other.reads) || other.bytes - one.bytes);
    for (const { holder, bytes } of all) {
      // Somewhat below it, so that the next byte does not cut the next one.
      if (this.#bytes <= this.#maxBytes * (1 - PART)) return;
      this.#bytes -= bytes;
      holder.cut();
      this.#holders.delete(holder);
    }
  }
}
