/** A message as the store has it: its content, and what is known of its way. */
import type { MessageId, Username } from "../../protocol/names.ts";
import { type Body, type Change, isShown } from "../kinds/body.ts";
import type { PersonMark } from "../kinds/kind.ts";
import type { Expiry } from "./expiries.ts";
import type { StoredContent } from "./message-content.ts";
import type { ChatNumber } from "./numbers.ts";

/** States on disk; "sending" is in memory only (Chats.inFlight). message-state.ts says how one follows from several receipts. */
export const STORED_STATES = ["waiting", "sent", "delivered", "read", "failed"] as const;
export type StoredState = (typeof STORED_STATES)[number];

export const RECEIPTS = ["delivered", "read"] as const;
/** An end-to-end receipt. */
export type Receipt = (typeof RECEIPTS)[number];

/** A person to whom one of mine is addressed. */
export interface Receiver {
  readonly person: Username;
  /** Their newest receipt. */
  readonly receipt?: Receipt | undefined;
}

export interface StoredMessage<Data extends Body | Change = Body | Change> extends StoredContent<Data> {
  readonly position: number;
  readonly chat: ChatNumber;
  readonly id: MessageId;
  /** Undefined: it is one of the chat's own events, and nobody's message. */
  readonly author: Username | undefined;
  /** Of mine only. */
  readonly state?: StoredState | undefined;
  /** With "failed": a ParleyError code. */
  readonly failure?: string | undefined;
  /** Of mine only. */
  readonly receivers?: readonly Receiver[] | undefined;
  /** Of a message that is to disappear. */
  readonly expiry?: Expiry | undefined;
  /** By person. */
  readonly marks?: readonly PersonMark[] | undefined;
  /** Changes of mine to it that not everybody has yet. */
  readonly unsettled?: readonly UnsettledChange[] | undefined;
}

/** A change of mine that not everybody has yet. */
export interface UnsettledChange {
  readonly id: MessageId;
  readonly kind: Change["kind"];
  readonly state: StoredState;
  readonly failure?: string | undefined;
}

/** One that is shown, and no change to another. */
export type ShownMessage = StoredMessage<Body>;

export function isShownMessage(message: StoredMessage): message is ShownMessage {
  return isShown(message.body);
}
