/** A stored message: its content, and its delivery state. */
import type { MessageId, Username } from "../../protocol/names.ts";
import { type Body, type Change, isShown } from "../kinds/body.ts";
import type { PersonMark } from "../kinds/kind.ts";
import type { Expiry } from "./expiries.ts";
import type { StoredContent } from "./message-content.ts";
import type { ChatNumber } from "./numbers.ts";

/** States on disk; "sending" is in memory only (Chats.inFlight). message-state.ts derives the state from several receipts. */
export const STORED_STATES = ["waiting", "sent", "delivered", "read", "failed"] as const;
export type StoredState = (typeof STORED_STATES)[number];

export const RECEIPTS = ["delivered", "read"] as const;
/** An end-to-end receipt. */
export type Receipt = (typeof RECEIPTS)[number];

/** A receiver of an outgoing message. */
export interface Receiver {
  readonly person: Username;
  /** Their newest receipt. */
  readonly receipt?: Receipt | undefined;
}

export interface StoredMessage<Data extends Body | Change = Body | Change> extends StoredContent<Data> {
  readonly position: number;
  readonly chat: ChatNumber;
  readonly id: MessageId;
  /** Undefined for the chat's own events. */
  readonly author: Username | undefined;
  /** For outgoing messages only. */
  readonly state?: StoredState | undefined;
  /** In state "failed": a ParleyError code. */
  readonly failure?: string | undefined;
  /** For outgoing messages only. */
  readonly receivers?: readonly Receiver[] | undefined;
  /** For a disappearing message. */
  readonly expiry?: Expiry | undefined;
  /** Sorted by person. */
  readonly marks?: readonly PersonMark[] | undefined;
  /** Outgoing changes of this message that not all receivers have yet. */
  readonly unsettled?: readonly UnsettledChange[] | undefined;
}

/** An outgoing change that not all receivers have yet. */
export interface UnsettledChange {
  readonly id: MessageId;
  readonly kind: Change["kind"];
  readonly state: StoredState;
  readonly failure?: string | undefined;
}

/** A message that is shown, not a change of another one. */
export type ShownMessage = StoredMessage<Body>;

export function isShownMessage(message: StoredMessage): message is ShownMessage {
  return isShown(message.body);
}
