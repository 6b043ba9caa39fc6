/** The values that a messenger shows: plain, made anew for every reader. Its calls are in calls.ts, its events in events.ts. */
import type { ParleyError } from "../protocol/errors.ts";
import type { Brand, MessageId, Username } from "../protocol/ids.ts";

import type { Body } from "./kinds/body.ts";

/** Settings that a new chat begins with. */
export interface NewChatDefaults {
  readonly keep: Keep;
  /** After how many seconds messages disappear, for everybody; 0: they stay. */
  readonly timerSeconds: number;
  readonly muted: Muted;
}

/** Where small secrets are kept (VS Code's SecretStorage, a keyring, memory in tests). */
export interface SecretVault {
  get(key: string): Promise<string | undefined>;
  store(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** Whether it opens with the user's passphrase only. Left out where it has no such thing. */
  hasLock?(): Promise<boolean>;
}
/** The value that a vault holds under a key; null: nothing. */
export interface Secret {
  readonly key: string;
  readonly value: string | null;
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
  /** The user's defaults for new chats. Left out: none. */
  readonly newChats?: () => NewChatDefaults;
  /** Whether to accept the first request of a person with proof of an invite made here. Left out: ask, as for anybody. */
  readonly acceptInvited?: () => boolean;
  /** Open it though the vault's lock is gone and nobody took it off here: the user was asked. */
  readonly acceptsNoLock?: () => boolean;
}

/**
 * The state on screen when a person decided (shown.ts): it goes with the decision, which is refused where the state is another by
 * then. Equal only where the same was shown; nothing else may be read from it.
 */
export type Shown<Kind extends ShownKind> = string & Brand<`shown ${Kind}`>;
export type ShownKind = "request" | "key-change" | "number" | "standing" | "account";

export interface Account {
  readonly name: Username;
  readonly host: string;
  readonly port: number;
  /** For showing: protocol/identity fingerprint() of the own identity key. */
  readonly fingerprint: string;
  readonly identityKey: Uint8Array;
  readonly shown: Shown<"account">;
}

/** The state of the connection, one value. */
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
  /** Of the pinned key, else of the one that signed their request, else of the one the server claims; empty when none is known. */
  readonly fingerprint: string;
  /** Since when the pinned key is: Unix time, milliseconds, 0 where nobody noted it. Absent for somebody never talked with. */
  readonly knownSince?: number;
}

/** The states of a chat. There is one chat of two per person; its history outlives its conversations. */
export const chatPhases = [
  "none", // never talked, or the request was refused or failed
  "requested", // we asked, no answer yet
  "invited", // they asked, we have not answered
  "establishing", // accepted, keys being agreed
  "open",
  "closed-by-me",
  "closed-by-peer",
  "key-changed", // stopped until the user decides
] as const;
export type ChatPhase = (typeof chatPhases)[number];

/** The note with a request. unopened: there is a note, and no key of ours opens it. */
export type RequestNote =
  /** `id`: of the message that it is in the chat, once the request is accepted. */
  { readonly kind: "text"; readonly id: MessageId; readonly text: string } | { readonly kind: "unopened" };

/** The parts of a chat that are not announced: none, its toasts, or also its number in the badge. */
export type Muted = "no" | "toasts" | "all";

/** How long the messages of a chat are kept on this computer. off: until they are read and the chat is put away. */
export type Keep = "forever" | "90d" | "7d" | "1d" | "off";

/** Their request to talk. */
export interface PendingRequest {
  readonly shown: Shown<"request">;
  /** Of the key that signed it. */
  readonly fingerprint: string;
  /** Where they wrote one. Foreign text. */
  readonly note?: RequestNote;
}

export interface KeyChange {
  readonly shown: Shown<"key-change">;
  /** Fingerprints. */
  readonly pinned: string;
  readonly offered: string;
}

/** A key as two people compare it: 12 groups of five digits, with either key of a KeyChange. */
export interface ChangedNumbers extends KeyChange {
  readonly pinnedNumber: Shown<"number">;
  readonly offeredNumber: Shown<"number">;
}

/**
 * Names a chat, for as long as its history is kept, however often its people agree on a new group. Only chats/chat-id.ts and
 * chats/direct.ts read its form.
 */
export type ChatId = string & Brand<"ChatId">;

/** Somebody in a chat. */
export interface Member {
  readonly name: Username;
  readonly online: boolean;
  readonly trust: Trust;
  readonly blocked: boolean;
  /** While another key than the pinned one waits for the user's decision. */
  readonly keyChange?: KeyChange;
}

export interface Chat {
  readonly id: ChatId;
  /** Its name on screen: the other person's, in a chat of two. */
  readonly title: string;
  /** Everybody in it but oneself. */
  readonly members: readonly Member[];
  readonly phase: ChatPhase;
  readonly muted: Muted;
  readonly unread: number;
  /** Unix time, milliseconds, of the last thing that happened here; 0 if nothing did. */
  readonly lastActivity: number;
  /** In "invited". */
  readonly request?: PendingRequest;
  /** The request or chat that closing would end: a request of ours, or the chat with that key; absent where there is nothing to close. */
  readonly standing?: Shown<"standing">;
  /** Id of the first unread message, for the divider. */
  readonly firstUnread?: MessageId;
  readonly draft: string;
  readonly keep: Keep;
  /** After how many seconds messages disappear, as its people agreed; 0: they stay. */
  readonly timerSeconds: number;
}

/** Shown only when it is a fact. waiting: in the outbox on disk. sent: the server or the receiver has it. */
export type OutgoingState = "waiting" | "sending" | "sent" | "delivered" | "read" | "failed";

/** How far one of mine has got with somebody. */
export interface Receiver {
  readonly person: Username;
  readonly state: OutgoingState;
}

export interface ChatMessage {
  readonly id: MessageId;
  readonly chat: ChatId;
  /** Absent: it is one of the chat's own events, and nobody's message. */
  readonly author?: Username;
  /** Unix time, milliseconds: for theirs the sender's clock, as long as that is not ahead of when it arrived; ours for mine. */
  readonly at: number;
  /** Position in the chat; grows, has no gaps that matter. Use as cursor. */
  readonly position: number;
  readonly body: Body;
  /** Of a message that disappears: how long it stays, and until when (Unix time, milliseconds) once that counts. */
  readonly expiry?: { readonly seconds: number; readonly due?: number };
  /** Only for mine: the state that it has reached with all its receivers. */
  readonly state?: OutgoingState;
  /** Only for mine. One in a chat of two. */
  readonly receivers?: readonly Receiver[];
  /** With "failed": a ParleyError code. */
  readonly failure?: string;
}

/** Which messages of a history: the newest, those before a position, or those after one. */
export type Stretch =
  | { readonly limit: number; readonly before?: number | undefined; readonly after?: undefined }
  | { readonly limit: number; readonly after: number; readonly before?: undefined };

/** The query: messages that hold all its words, in any case and with or without accents. */
export interface SearchQuestion {
  readonly text: string;
  /** In which chat; in all of them where it is left out. */
  readonly chat?: ChatId;
  /** Where the step before this one ended: its `next`. */
  readonly before?: number;
}
export interface SearchMatch {
  readonly chat: ChatId;
  readonly id: MessageId;
  readonly position: number;
  /** As in ChatMessage. */
  readonly at: number;
  readonly author: Username;
  /** One line of the message, around the match. */
  readonly excerpt: string;
}
export interface SearchStep {
  /** Newest first. */
  readonly matches: readonly SearchMatch[];
  /** Messages looked through in this step. */
  readonly searched: number;
  /** The time of the last of them, Unix milliseconds. */
  readonly backTo?: number;
  /** Where the next step goes on; none when everything was searched. */
  readonly next?: number;
}
