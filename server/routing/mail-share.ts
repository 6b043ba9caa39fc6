/**
 * How much one sender may have waiting in a place that many share: one person's mailbox, all mailboxes together, or one
 * person's unconfirmed deliveries. A pure rule.
 * Each sender takes at most a quarter of the room that the others leave free, so that no one of them shuts it for the rest: n senders
 * who take all they can leave (3/4)^n of it.
 */
export interface Share {
  /** Capacity of the place, bytes or deliveries. */
  readonly bound: number;
  /** The part that counts against others there, bytes. */
  readonly others: number;
  /** The part that counts against this sender, bytes. */
  readonly own: number;
}

const PARTS = 4;

/** @returns whether the sender may add so many bytes */
export function isWithinShare({ bound, others, own }: Share, bytes: number): boolean {
  return own + bytes <= Math.max(0, bound - others) / PARTS;
}
