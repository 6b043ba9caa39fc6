/**
 * How much one sender may have waiting in a shared place: one person's mailbox, all mailboxes together, or
 * one person's unconfirmed deliveries. A pure function.
 * Each sender takes at most a quarter of the room that the others leave free, so that no sender can fill it
 * alone: n senders who take all they can leave (3/4)^n of it.
 */
export interface Share {
  /** Capacity, bytes or deliveries. */
  readonly bound: number;
  /** The part that counts for the other senders. */
  readonly others: number;
  /** The part that counts for this sender. */
  readonly own: number;
}

const PARTS = 4;

/** Returns whether the sender may add this many bytes. */
export function isWithinShare({ bound, others, own }: Share, bytes: number): boolean {
  return own + bytes <= Math.max(0, bound - others) / PARTS;
}
