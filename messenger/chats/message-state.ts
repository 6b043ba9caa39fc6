/** The states of one of our messages. Facts may come late, twice and in any order; the state shown never goes back. */
import type { Receipt, Receiver, StoredState } from "../store/stored-message.ts";

/** sent: the server answered that it or the receivers have it. refused: the server said no. dropped: the server has it no longer, and no receipt came. */
export type MessageFact = "sent" | "refused" | "dropped";

const HAS_LEFT: Readonly<Record<StoredState, boolean>> = {
  failed: false,
  waiting: false,
  sent: true,
  delivered: true,
  read: true,
};

export function advance(state: StoredState, fact: MessageFact): StoredState {
  switch (fact) {
    case "sent":
      return HAS_LEFT[state] ? state : "sent";
    case "refused":
      return HAS_LEFT[state] ? state : "failed";
    case "dropped":
      return state === "sent" ? "failed" : state;
  }
}

/** @returns the receipt that counts of two from one person, in whatever order they came */
export function laterReceipt(known: Receipt | undefined, receipt: Receipt): Receipt {
  return known === "read" ? known : receipt;
}

/**
 * Returns the state that a message has reached with all its receivers, of whom one is the last. A receipt of anybody shows
 * that it has left.
 */
export function reached(state: StoredState, receivers: readonly Receiver[]): StoredState {
  const receipts = receivers.flatMap(({ receipt }) => receipt ?? []);
  if (receipts.length === 0) return state;
  if (receipts.length < receivers.length) return advance(state, "sent");
  return receipts.includes("delivered") ? "delivered" : "read";
}
