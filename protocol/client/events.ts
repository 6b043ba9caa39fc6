/** The events of a Client: connection state, people online, and the server's deliveries. */
import type { ParleyError, TrustError } from "../errors.ts";
import type { ConversationId, MessageId, Username } from "../names.ts";

/**
 * The state of the connection. `waiting` has the reason and the time (Unix, milliseconds) of the next try.
 */
export type ClientState =
  | { readonly type: "idle" }
  | { readonly type: "connecting" }
  | { readonly type: "online" }
  | { readonly type: "waiting"; readonly retryAt: number; readonly error: ParleyError }
  /**
   * Ended for good: by close(), or by an error that trying again cannot fix (refused, wrong certificate,
   * superseded).
   */
  | { readonly type: "closed"; readonly error?: ParleyError };

export interface OnlineUser {
  readonly name: Username;
  /** The server's claim; compare with the pinned key before trusting it. 32 bytes. */
  readonly identityKey: Uint8Array;
}
export type OnlineUsers = ReadonlyMap<Username, OnlineUser>;

/**
 * A delivery from the server. The server forgets it after confirm(), so store it first. Without confirm() it
 * is delivered again.
 */
export interface Delivered {
  readonly conversation: ConversationId;
  readonly peer: Username;
  /** Only the first call counts, and only while the line that brought the delivery is up. */
  confirm(): void;
}
/** Signature over conversation, server and both people already checked against `identityKey`. */
export interface RequestDelivered extends Delivered {
  readonly identityKey: Uint8Array;
  /** Sealed, covered by the signature; openNote() opens it. */
  readonly note?: Uint8Array;
}
export interface AcceptDelivered extends Delivered {
  readonly keyPackage: Uint8Array;
}
export interface EstablishmentDelivered extends Delivered {
  readonly welcome: Uint8Array;
}
/**
 * "lost-state": the other side no longer has keys for that conversation and did not receive the undelivered
 * messages.
 */
export type EndedBecause = "closed" | "lost-state";
export interface EndDelivered extends Delivered {
  /** "gave-way" comes from the server itself: our request made room for others that wait for that person. */
  readonly reason: EndedBecause | "gave-way";
}
/** A message. `peer` is not on the wire for MESSAGE; the conversation determines it. */
export interface MessageDelivered {
  readonly conversation: ConversationId;
  readonly id: MessageId;
  readonly sealed: Uint8Array;
  confirm(): void;
}
/** Something of the moment from the other person of a conversation, sealed: openSignal() opens it. There is nothing to confirm. */
export interface SignalDelivered {
  readonly conversation: ConversationId;
  /** SEALED_SIGNAL_BYTES. */
  readonly sealed: Uint8Array;
}
/**
 * A request to talk that was dropped because it is not signed by the key it names for us at this server, or
 * because it is for another key.
 */
export interface RequestForged {
  readonly conversation: ConversationId;
  readonly peer: Username;
  readonly error: TrustError;
  /**
   * True if it is genuine but addressed to another key under our name, e.g. our own before we joined again.
   */
  readonly forAnotherKey: boolean;
}

/** `received`: the peer's client has it. `stored`: on the server's disk, waiting for the peer. */
export type DeliveryState = "received" | "stored";

export interface ClientEvents {
  state: [ClientState];
  /** The whole list, after sign-in and after every change; empty once the line is down. */
  users: [OnlineUsers];
  request: [RequestDelivered];
  accept: [AcceptDelivered];
  refuse: [Delivered];
  establishment: [EstablishmentDelivered];
  message: [MessageDelivered];
  signal: [SignalDelivered];
  /** The peer closed the chat. */
  notify: [EndDelivered];
  forged: [RequestForged];
}
