/**
 * How much one sender may have waiting in a place that many share: one person's mailbox, all mailboxes together, or what
 * one person has not confirmed. A pure rule.
 * Each sender takes at most a quarter of what the others leave free, so that no one of them shuts it for the rest: n senders
 * who take all they can leave (3/4)^n of it.
 */
export interface Share {
  /** What the place may hold, bytes or deliveries. */
  readonly bound: number;
  /** What counts against others there, bytes. */
  readonly others: number;
  /** What counts against this sender, bytes. */
  readonly own: number;
}

const PARTS = 4;

/** @returns whether the sender may add so many bytes */
export function isWithinShare({ bound, others, own }: Share, bytes: number): boolean {
  return own + bytes <= Math.max(0, bound - others) / PARTS;
}
