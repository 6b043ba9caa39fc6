/**
 * Parley without an editor: account, people, conversations, history, delivery. A terminal client, a bot or a
 * test can use it whole. The user interface reads its snapshots, calls its verbs and listens to its events.
 */
import type { EventEmitter } from "node:events";
import type { ParleyError } from "../../protocol/errors.ts";
import type { MessageId, Username } from "../../protocol/names.ts";

/** Where small secrets are kept (VS Code's SecretStorage, a keyring, memory in tests). */
export interface SecretVault {
  get(key: string): Promise<string | undefined>;
  store(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}
export interface MessengerLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  debug(text: string): void;
}
export interface MessengerOptions {
  /** A folder of this messenger's own; made if absent. */
  readonly directory: string;
  readonly secrets: SecretVault;
  readonly log: MessengerLog;
  /** Send "delivered" receipts are always on; "read" receipts only when this says so. */
  readonly sendReadReceipts: () => boolean;
}

export interface Account {
  readonly name: Username;
  readonly host: string;
  readonly port: number;
  /** For showing: protocol/identity fingerprint() of the own identity key. */
  readonly fingerprint: string;
  readonly identityKey: Uint8Array;
}

/** One value that says where we stand. */
export type MessengerState =
  | { readonly type: "no-account" }
  /** The user signed out of the server but keeps the account. */
  | { readonly type: "signed-out" }
  | { readonly type: "connecting" }
  | { readonly type: "online" }
  | { readonly type: "waiting"; readonly retryAt: number; readonly error: ParleyError }
  /** Will not try again by itself: refused, certificate trouble, or signed in elsewhere. */
  | { readonly type: "stopped"; readonly error: ParleyError };

/** Whether a person's key is pinned, compared by the users (verified), or has changed and blocks the conversation. */
export type Trust = "unknown" | "pinned" | "verified" | "changed";

export interface Person {
  readonly name: Username;
  readonly online: boolean;
  readonly trust: Trust;
  /** Of the pinned key, else of the key the server claims; empty when none is known. */
  readonly fingerprint: string;
}

/** Where a chat with one person stands. There is one chat per person; its history outlives its conversations. */
export type ChatPhase =
  | "none" // never talked, or the request was refused or failed
  | "requested" // we asked, no answer yet
  | "invited" // they asked, we have not answered
  | "establishing" // accepted, keys being agreed
  | "open"
  | "closed-by-me"
  | "closed-by-peer"
  | "key-changed"; // stopped until the user decides

export interface Chat {
  readonly peer: Username;
  readonly phase: ChatPhase;
  readonly online: boolean;
  readonly trust: Trust;
  readonly unread: number;
  /** Unix time, milliseconds, of the last thing that happened here; 0 if nothing did. */
  readonly lastActivity: number;
  /** Id of the first unread message, for the divider. */
  readonly firstUnread?: MessageId;
  readonly draft: string;
}

/** Shown only when it is a fact. waiting: in the outbox on disk. sent: the server or the peer has it. */
export type OutgoingState = "waiting" | "sending" | "sent" | "delivered" | "read" | "failed";

export interface ChatMessage {
  readonly id: MessageId;
  readonly peer: Username;
  readonly mine: boolean;
  /** Unix time, milliseconds: sender's clock for theirs, ours for mine. */
  readonly at: number;
  /** Position in the chat; grows, has no gaps that matter. Use as cursor. */
  readonly position: number;
  readonly body:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "unknown"; readonly type: string; readonly fallback: string }
    /** A line of the conversation's own story, written by us, never by the peer. */
    | { readonly kind: "event"; readonly event: "opened" | "closed-by-me" | "closed-by-peer" | "refused" | "key-changed" | "key-accepted" | "undecryptable" };
  /** Only for mine. */
  readonly state?: OutgoingState;
  /** With "failed": a ParleyError code. */
  readonly failure?: string;
}

export interface MessengerEvents {
  /** state, people or chats changed: read the snapshots again. */
  changed: [];
  /** A message was added. */
  message: [ChatMessage];
  /** A message's state changed. */
  updated: [ChatMessage];
  /** Somebody wants to talk. */
  request: [Person];
}

export declare class Messenger extends EventEmitter<MessengerEvents> {
  /** Opens what is on disk, makes nothing on the network. @throws never for a damaged store: it is set aside and told through `notices`. */
  static open(options: MessengerOptions): Promise<Messenger>;
  readonly state: MessengerState;
  readonly account: Account | undefined;
  /** Things the user must be told once, e.g. that a damaged history file was set aside (with its path). */
  readonly notices: readonly string[];
  /** Everybody online but oneself, and everybody one has a chat with; sorted online first, then by name. */
  people(): readonly Person[];
  /** Chats with anything in them or in progress, most recent first. */
  chats(): readonly Chat[];
  chat(peer: Username): Chat;
  /** The newest `limit` messages, or those before `before` (a position), oldest first. */
  messages(peer: Username, page: { readonly limit: number; readonly before?: number }): readonly ChatMessage[];

  /** Joins a server with an invite link; keeps the account; stays online. @throws UsageError, TrustError, RefusedError, NetworkError */
  join(inviteLink: string, name: string): Promise<void>;
  /** Goes online with the kept account. Does not wait for the network. */
  connect(): void;
  reconnectNow(): void;
  /** QUIT. Keeps the account. */
  signOut(): Promise<void>;
  /** Signs out and forgets account, keys and history on this machine. */
  forget(): Promise<void>;

  request(peer: Username): Promise<void>;
  accept(peer: Username): Promise<void>;
  refuse(peer: Username): Promise<void>;
  /** Closes the chat for both. */
  closeChat(peer: Username): Promise<void>;
  /** Written to the outbox before it resolves; what happens next comes as `updated`. @throws UsageError "too-large", "wrong-state" */
  send(peer: Username, text: string): Promise<ChatMessage>;
  retry(peer: Username, id: MessageId): Promise<void>;
  markRead(peer: Username): void;
  setDraft(peer: Username, text: string): void;

  /** @returns 12 groups of five digits, or undefined while no key of that person is pinned. */
  safetyNumber(peer: Username): string | undefined;
  setVerified(peer: Username, verified: boolean): void;
  /** After "key-changed": trust the new key (drops "verified"); a new request to talk is then possible. */
  acceptNewKey(peer: Username): void;
  createInvite(uses: number, expiresSeconds: number): Promise<{ readonly link: string; readonly expiresAt: Date }>;
  /** Ends the line cleanly and closes the store. Safe to call twice. */
  dispose(): Promise<void>;
}
