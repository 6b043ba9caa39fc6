/**
 * The TCP client: one user's line to one server. It connects, proves who it is, reconnects with jittered
 * backoff, keeps the line alive, sends requests and emits what arrives. It moves sealed bytes and never opens
 * them: `e2ee/conversation.ts` does.
 */
import type { EventEmitter } from "node:events";
import type { ParleyError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import type { ConversationId, MessageId, Username } from "../names.ts";

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** SHA-256 over the DER of the team's CA certificate, 32 bytes; comes with the invite and stays pinned. */
  readonly caFingerprint: Uint8Array;
  readonly name: Username;
  readonly identity: Identity;
  /** First visit only: the invite's token. Dropped after the first successful sign-in. */
  readonly inviteToken?: Uint8Array;
  /** Told to the server for its logs, at most 32 characters. */
  readonly software?: string;
}

/** A connection's life. `waiting` carries the reason and the moment (Unix time, milliseconds) of the next try. */
export type ClientState =
  | { readonly type: "idle" }
  | { readonly type: "connecting" }
  | { readonly type: "online" }
  | { readonly type: "waiting"; readonly retryAt: number; readonly error: ParleyError }
  /** Ended for good: by close(), or by an error that trying again cannot mend (refused, wrong certificate, superseded). */
  | { readonly type: "closed"; readonly error?: ParleyError };

export interface OnlineUser {
  readonly name: Username;
  /** What the server claims; compare with the pinned key before trusting it. 32 bytes. */
  readonly identityKey: Uint8Array;
}

/** Something the server delivered. The server forgets it after confirm(), so store first. Unconfirmed, it comes again. */
export interface Delivered {
  readonly conversation: ConversationId;
  readonly peer: Username;
  confirm(): void;
}
/** Signature over conversation, requester and addressee already checked against `identityKey`. */
export interface RequestDelivered extends Delivered {
  readonly identityKey: Uint8Array;
}
export interface AcceptDelivered extends Delivered {
  readonly keyPackage: Uint8Array;
}
export interface EstablishmentDelivered extends Delivered {
  readonly welcome: Uint8Array;
}
/** `peer` is not on the wire for MESSAGE: the conversation names it. */
export interface MessageDelivered {
  readonly conversation: ConversationId;
  readonly id: MessageId;
  readonly sealed: Uint8Array;
  confirm(): void;
}

/** `received`: the peer's client has it. `stored`: on the server's disk, waiting for the peer. */
export type DeliveryState = "received" | "stored";

export interface ClientEvents {
  state: [ClientState];
  /** The whole list, after sign-in and after every change. */
  users: [ReadonlyMap<Username, OnlineUser>];
  request: [RequestDelivered];
  accept: [AcceptDelivered];
  refuse: [Delivered];
  establishment: [EstablishmentDelivered];
  message: [MessageDelivered];
  /** The peer closed the chat. */
  notify: [Delivered];
}

export declare class Client extends EventEmitter<ClientEvents> {
  constructor(options: ClientOptions);
  readonly name: Username;
  readonly state: ClientState;
  readonly users: ReadonlyMap<Username, OnlineUser>;
  /**
   * Starts connecting and keeps at it until close(). Resolves at the first sign-in; rejects when trying again
   * cannot help (RefusedError, TrustError). Without a network it waits and retries: watch `state`.
   */
  connect(): Promise<void>;
  /** Says QUIT, ends the line and rejects everybody who waits. Safe to call twice. */
  close(): Promise<void>;
  /** Try now instead of at `retryAt`. */
  reconnectNow(): void;
  /** LIST */
  list(): Promise<ReadonlyMap<Username, OnlineUser>>;
  /** RTT. Resolves when the peer's client has the request. @throws RefusedError "user-not-found", "already-asked", "request-crossed", "self" */
  requestToTalk(peer: Username, conversation: ConversationId): Promise<void>;
  accept(peer: Username, conversation: ConversationId, keyPackage: Uint8Array): Promise<DeliveryState>;
  refuse(peer: Username, conversation: ConversationId): Promise<DeliveryState>;
  /** CC_SESSION_ESTABLISHMENT */
  establish(peer: Username, conversation: ConversationId, welcome: Uint8Array): Promise<DeliveryState>;
  /** MESSAGE. Resolves once the peer's client has it or it is on the server's disk, never before. */
  send(conversation: ConversationId, id: MessageId, sealed: Uint8Array): Promise<DeliveryState>;
  /** NOTIFY: closes the chat for both. */
  notify(peer: Username, conversation: ConversationId): Promise<DeliveryState>;
  /** INVITE. @returns a parley:// link */
  invite(uses: number, expiresSeconds: number): Promise<{ readonly link: string; readonly expiresAt: Date }>;
}
