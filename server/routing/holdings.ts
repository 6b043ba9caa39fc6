/**
 * Bounds the memory that all connections together occupy: messages unread, unconfirmed, or only partly
 * received. Each connection has its own bounds; this is the bound of their sum. Above it, connections that do
 * not read are cut first, then the largest.
 */

/** One connection. */
export interface Holder {
  /** Bytes held for it now. */
  readonly heldBytes: number;
  /** How long it has read nothing although data waits for it, milliseconds. */
  readonly unreadForMs: number;
  /** True once it has ended and holds nothing. */
  readonly gone: boolean;
  /** Cuts the connection to make room. */
  cut(): void;
}

/**
 * Recomputed whenever this share of the bound was queued: seldom, and the bound is never exceeded by more.
 */
const PART = 1 / 16;
/** A connection that took nothing for so long does not read. */
const DOES_NOT_READ_MS = 1000;

export class Holdings {
  readonly #maxBytes: number;
  readonly #holders = new Set<Holder>();
  /** Bytes held at the last check. */
  #bytes = 0;
  /** Queued since then, whether sent or not. */
  #queued = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes held at the last check. */
  get bytes(): number {
    return this.#bytes;
  }

  add(holder: Holder): void {
    this.#holders.add(holder);
  }

  /** Counts bytes queued for one of the connections. */
  queued(bytes: number): void {
    this.#queued += bytes;
    if (this.#queued > this.#maxBytes * PART) this.look();
  }

  /** Checks all connections, and cuts as many as needed to get below the bound again. */
  look(): void {
    // Before the cuts: a connection that is cut leaves presence, which queues notifications for others.
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
      // Somewhat below the bound, so that the next byte does not cut another connection.
      if (this.#bytes <= this.#maxBytes * (1 - PART)) return;
      this.#bytes -= bytes;
      holder.cut();
      this.#holders.delete(holder);
    }
  }
}
