/** The states of one of our messages. Facts may come late, twice and in any order; the state shown never goes back. */
import type { StoredState } from "../store/messages.ts";

/**
 * sent: the server answered that it or the peer has it. delivered, read: end-to-end receipts. refused: the server said
 * no. dropped: the server has it no longer, and no receipt came.
 */
export type MessageFact = "sent" | "delivered" | "read" | "refused" | "dropped";

const RANK: Readonly<Record<StoredState, number>> = { failed: 0, waiting: 0, sent: 1, delivered: 2, read: 3 };

export function advance(state: StoredState, fact: MessageFact): StoredState {
  if (fact === "refused") return RANK[state] === 0 ? "failed" : state;
  if (fact === "dropped") return state === "sent" ? "failed" : state;
  return RANK[fact] > RANK[state] ? fact : state;
}
